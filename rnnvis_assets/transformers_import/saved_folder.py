"""The folder that ``save_pretrained`` wrote: what may be in it, and the network that it describes.

Nothing in it is run: weights are read from safetensors, classes come from transformers.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from rnnvis_assets.configuration.plain_file import read_plain_text
from rnnvis_assets.model_import.state_reader import PROVIDE_STATES
from rnnvis_assets.recurrent_libraries.layer_capture import LayerCapture
from rnnvis_assets.recurrent_libraries.xlstm_capture import TransformersXlstm
from rnnvis_assets.recurrent_libraries.xlstm_folder import NATIVE_KERNELS, require_exponential_gate
from rnnvis_assets.transformers_import.factor_capture import FactorCapture, quiet
from rnnvis_assets.transformers_import.families import FAMILIES, XLSTM
from rnnvis_assets.transformers_import.saved_settings import CONFIG_FILE, TOKENIZER_FILE
from warehouse.errors import ImportedModelError, near_miss

_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")
_SAVE = (
    "save it where you trust it: AutoModelForCausalLM.from_pretrained(…).save_pretrained(FOLDER), "
    "AutoTokenizer.from_pretrained(…).save_pretrained(FOLDER)"
)


def open_folder(folder: Path) -> LayerCapture:
    """The network in ``folder``, ready to read. Raises what ``check_folder`` and ``load_module``
    do."""
    family = check_folder(folder)
    if family == XLSTM:
        return TransformersXlstm(load_module(folder, **NATIVE_KERNELS))
    return FactorCapture(load_module(folder), FAMILIES[family])


def check_folder(folder: Path) -> str:
    """The family of the network in ``folder``.

    Raises ImportedModelError where it is none of a known family, or cannot be read without running
    code of its own, unpickling or unpacking weights.
    """
    config = _read_json(folder / CONFIG_FILE)
    if "auto_map" in config:
        raise ImportedModelError(
            f"{folder / CONFIG_FILE} names code of its own (auto_map), which is never run",
            repair="save it with the classes of transformers, where these have them; else "
            + PROVIDE_STATES,
        )
    if config.get("quantization_config"):
        raise ImportedModelError(
            f"{folder} holds quantised weights, whose states would be those of another network",
            repair="name the folder of the weights before they were quantised",
        )
    if not any(folder.glob("*.safetensors")):
        pickled = sorted(path.name for pattern in _PICKLES for path in folder.glob(pattern))
        found = f"only pickled ones ({', '.join(pickled)}), which can run code" * bool(pickled)
        raise ImportedModelError(
            f"{folder} has no weights in safetensors: found {found or 'none'}", repair=_SAVE
        )
    if not (folder / TOKENIZER_FILE).is_file():
        raise ImportedModelError(f"{folder} has no {TOKENIZER_FILE}", repair=_SAVE)
    require_exponential_gate(config)
    return _known_family(folder, str(config.get("model_type")))


def _read_json(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(read_plain_text(path, "utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ImportedModelError(
            f"{path} cannot be read: {error}", repair="name a folder that save_pretrained wrote"
        ) from error
    return content if isinstance(content, dict) else {}


def _known_family(folder: Path, model_type: str) -> str:
    known = (*FAMILIES, XLSTM)
    if model_type not in known:
        raise ImportedModelError(
            f"{folder} holds a network of the type {model_type!r}; known are {', '.join(known)}"
            + near_miss(model_type, known),
            repair=f"name a network of these; of any other one, {PROVIDE_STATES}",
        )
    return model_type


def load_module(folder: Path, **settings: str) -> Any:
    """The network in ``folder``, checked by ``check_folder``, in float32, ready to read, its
    configuration changed by ``settings``.

    Raises ImportedModelError where its weights do not fit it.
    """
    with quiet():
        from transformers import AutoModelForCausalLM

        try:
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                folder,
                dtype=torch.float32,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                ignore_mismatched_sizes=True,  # reported below
                output_loading_info=True,
                **settings,
            )
        except Exception as error:
            raise ImportedModelError(
                f"transformers cannot load {folder}: {type(error).__name__}: {error}", repair=_SAVE
            ) from error
    module, found = loaded
    faults = [f"{key} is missing" for key in sorted(found["missing_keys"])]
    faults += [
        f"{name} has the shape {[*shape]}, expected {[*expected]}"
        for name, shape, expected in sorted(found["mismatched_keys"])
    ]
    if faults:
        listed = "\n  ".join(faults)
        raise ImportedModelError(
            f"the weights in {folder} do not fit its {CONFIG_FILE}:\n  {listed}", repair=_SAVE
        )
    return module.eval()
