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
        "error: not enough memory on the GPU (CUDA out of memory. Tried to allocate 2.00 GiB); lower batch_size or"
        " machine.trainings_per_gpu, or leave the GPU to this job alone\n"
    )


@pytest.mark.parametrize(
    "said",
    [
        "CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
    ],
)
def test_a_gpu_without_room_for_a_library_is_one_line_as_well(capsys, said):
    class AcceleratorError(RuntimeError):
        pass

    def main() -> None:
        raise AcceleratorError(f"{said}\nCUDA kernel errors might be asynchronously reported at some other API call.\n")

    with pytest.raises(SystemExit) as stopped:
        run_job(main)
    assert stopped.value.code == 1
    assert capsys.readouterr().err.startswith(f"error: not enough memory on the GPU ({said}); lower batch_size or")


def test_another_error_of_pytorch_keeps_its_traceback():
    def main() -> None:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    with pytest.raises(RuntimeError, match="illegal memory access"):
        run_job(main)


def test_a_full_memory_is_one_line(capsys):
    def main() -> None:
        raise MemoryError

    with pytest.raises(SystemExit):
        run_job(main)
    assert capsys.readouterr().err == "error: not enough memory\n"
