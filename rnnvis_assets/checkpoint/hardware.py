"""What training runs on: the device, the precision of its products, the number of threads.

All follow from the hardware's capabilities and the configuration, never from a timing, so that a
run repeats.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from rnnvis_assets.configuration.dataset_config import Task
from rnnvis_assets.configuration.model_config import ModelConfig
from rnnvis_assets.engine.run_environment import cpu_name
from rnnvis_assets.network.checkpoint_files import library_versions

_MANY_UNITS = 200


@dataclass(frozen=True)
class Origin:
    """What trained some weights: the machine by name, its kind of device ("cpu" or "cuda"), the
    precision of products, and the versions of the libraries."""

    machine: str
    device: str
    precision: str
    versions: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.machine} in {self.precision} by torch {self.versions['torch']}"

    def repeats(self, other: "Origin") -> bool:
        """Whether a run that was begun with ``other`` may go on here as if nothing had happened."""
        same = (self.device, self.precision, self.versions["torch"])
        return same == (other.device, other.precision, other.versions["torch"])


@dataclass(frozen=True)
class Hardware:
    """A device, the type that its matrix products are computed in, and how many CPU threads work:
    in general, and inside the recurrent layers."""

    device: torch.device
    precision: torch.dtype
    threads: int
    recurrent_threads: int

    @property
    def precision_name(self) -> str:
        return str(self.precision).removeprefix("torch.")

    @property
    def lowers_recurrence(self) -> bool:
        """Whether recurrent layers, too, run in ``precision``: on the CPU only.

        CUDA's autocast supports only float16 for them, and would keep an LSTM's cells in it: there
        they stay in float32, with products in TF32.
        """
        return self.device.type == "cpu" and self.precision != torch.float32

    @property
    def stacks_layers(self) -> bool:
        """Whether classifiers are trained by the layers of ``stacked_cells``."""
        return self.device.type == "cpu" and self.precision == torch.float32

    @property
    def origin(self) -> Origin:
        """What weights that are trained on it will be said to come from."""
        return Origin(
            self.machine, self.device.type, self.precision_name, versions=library_versions()
        )

    @property
    def machine(self) -> str:
        """The GPU's name, or the processor's and the number of threads."""
        if self.device.type == "cuda":
            return torch.cuda.get_device_name(self.device)
        return f"{cpu_name()}, {self.threads} thread{'s' if self.threads > 1 else ''}"


def choose_hardware(config: ModelConfig, task: Task) -> Hardware:
    """CUDA where there is any, else the CPU; bfloat16 products where they are the faster ones.

    The products of few units are too small to gain by threads, and lose much by them where the
    cores are busy. Those of a small classifier, with no output for every word, gain by nothing.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    few_units = config.hidden_size < _MANY_UNITS
    small = few_units and task == "classification"
    precision = config.training.precision
    if precision == "auto":
        precision = "bfloat16" if has_fast_bfloat16(device) and not small else "float32"
    return Hardware(
        device,
        torch.bfloat16 if precision == "bfloat16" else torch.float32,
        threads=1 if small else torch.get_num_threads(),
        recurrent_threads=1 if few_units else torch.get_num_threads(),
    )


def describe_device() -> str:
    """What training would run on here, in words."""
    if torch.cuda.is_available():
        device = torch.device("cuda")
        name = torch.cuda.get_device_name(device)
    else:
        device = torch.device("cpu")
        name = f"no GPU; the CPU with {torch.get_num_threads()} threads"
    return f"{name}, {'bfloat16' if has_fast_bfloat16(device) else 'float32'} products"


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 products are faster than float32 ones: on a CPU those of AMX are. With
    only AVX512-BF16 they reach half of float32's rate (161 against 300 GFLOP/s on two cores)."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu.get_capabilities().get("amx_bf16"))
