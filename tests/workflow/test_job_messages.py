"""What a job says when memory runs out."""

import pytest
import torch

from lib.workflow.job import run_job


def test_a_full_gpu_is_one_line_with_the_ways_out(capsys):
    def main() -> None:
        raise torch.OutOfMemoryError(
            "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 15.00 GiB. If reserved but"
            " unallocated memory is large try setting PYTORCH_ALLOC_CONF."
        )

    with pytest.raises(SystemExit) as stopped:
        run_job(main)
    assert stopped.value.code == 1
    assert capsys.readouterr().err == (
        "error: not enough memory on the GPU (CUDA out of memory. Tried to allocate 2.00 GiB); lower batch_size, or"
        " leave the GPU to this job alone\n"
    )


def test_a_full_memory_is_one_line(capsys):
    def main() -> None:
        raise MemoryError

    with pytest.raises(SystemExit):
        run_job(main)
    assert capsys.readouterr().err == "error: not enough memory\n"
