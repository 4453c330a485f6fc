# The demo without any set-up: docker build -t lab-report . && docker run --rm -v "$PWD/results:/project/results" lab-report
# A GPU takes a build with --build-arg TORCH=cuda, and docker run --gpus all ... make report PRESET=paper.
FROM python:3.12-slim
ARG TORCH=cpu
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /project
COPY Makefile requirements.* pyproject.toml ./
RUN make .venv/ready TORCH=$TORCH
COPY . .
RUN touch .venv/ready
CMD ["make", "demo"]
