"""What this report is made of, as it is handed to the engine: experiments, arms, configuration."""
