rule report:
    input: arm_files("test.npz")
