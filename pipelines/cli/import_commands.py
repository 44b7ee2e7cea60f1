"""``rnnvis import`` and ``rnnvis check``: external models and recordings."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml

from pipelines.cli.terminal import console, print_plain
from rnnvis_assets.configuration.config_faults import unknown_name
from warehouse.errors import ConfigurationError

if TYPE_CHECKING:
    from rnnvis_assets.recording_import.check_recording import CheckReport

app = typer.Typer(help="Imports an external model, or a recording of one.", no_args_is_help=True)


def _setting(text: str) -> tuple[str, Any]:
    """``key=value``, the value read as YAML reads it."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise typer.BadParameter(f"found {text!r}, expected KEY=VALUE")
    try:
        return key, yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise typer.BadParameter(f"found {text!r}, whose value is no YAML: {error}") from error


@app.command("model")
def import_model(
    name: Annotated[str, typer.Argument(help="what it will be called")],
    dataset: Annotated[str, typer.Option(help="a dataset of `rnnvis list`, which it will read")],
    factory: Annotated[
        str | None, typer.Option(help="package.module:function or file.py:function")
    ] = None,
    transformers: Annotated[
        str | None,
        typer.Option(help="in place of a factory: a folder that save_pretrained wrote"),
    ] = None,
    xlstm: Annotated[
        str | None,
        typer.Option(
            help="in place of a factory: a folder of the package xlstm (config.yaml, "
            "model.safetensors, tokenizer.json)"
        ),
    ] = None,
    rwkv: Annotated[
        str | None, typer.Option(help="in place of a factory: a .pth file of RWKV-7")
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="safetensors or a file of torch.save; else the factory's own")
    ] = None,
    argument: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE for the factory; repeatable")
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(help="KEY=VALUE of the YAML, as output.meaning=none; repeatable"),
    ] = None,
    vocabulary: Annotated[
        str | None, typer.Option(help="its words: a text file of one a line, or JSON")
    ] = None,
    analysis: Annotated[str, typer.Option(help="a name in configs/analyses")] = "default",
    accept_loss: Annotated[
        bool,
        typer.Option(
            "--accept-loss", help="take a language model that predicts worse than word frequencies"
        ),
    ] = False,
) -> None:
    """Checks a PyTorch model of your own, or one that a library has saved, from end to end and adds
    it to configs/models.

    A factory is your own code and runs without restrictions; of a saved one, no code is run.
    """
    from rnnvis_assets.configuration.load_project import load_project
    from rnnvis_assets.engine.open_context import open_context
    from rnnvis_assets.model_kinds.register_model import add_model

    sources = {"pytorch": factory, "transformers": transformers, "xlstm": xlstm, "rwkv": rwkv}
    named = {source: where for source, where in sources.items() if where is not None}
    if len(named) != 1:
        raise typer.BadParameter("expected one of --factory, --transformers, --xlstm and --rwkv")
    ((source, where),) = named.items()
    content: dict[str, Any] = {"source": source, "dataset": dataset, "analysis": analysis}
    if source == "pytorch":
        content |= {"factory": where, "arguments": dict(map(_setting, argument or []))}
    else:
        content["folder"] = where
    content |= {"weights": weights} if weights else {}
    content |= {"vocabulary": {"file": vocabulary}} if vocabulary else {}
    content |= {"accept_loss": True} if accept_loss else {}
    for key, value in map(_setting, setting or []):
        _put(content, key.split("."), value)
    context = open_context(load_project(), print_plain)
    path = add_model(context, name, content, Path.cwd())
    print_plain(f"wrote {path}; now: rnnvis materialize {name}")


def _put(content: dict[str, Any], keys: list[str], value: Any) -> None:
    *sections, last = keys
    for section in sections:
        content = content.setdefault(section, {})
        if not isinstance(content, dict):
            raise typer.BadParameter(
                f"{section} is set to {content!r}, so {last} has no place in it"
            )
    content[last] = value


check_app = typer.Typer(help="Checks external files and reports every fault.", no_args_is_help=True)


@check_app.command("recording")
def check(
    folder: Annotated[Path, typer.Argument(help="the recording's folder")],
    analysis: Annotated[str, typer.Option(help="a name from configs/analyses")] = "default",
) -> None:
    """Checks a recording that another program wrote and reports every fault, and what of an
    analysis it is too small for."""
    from rnnvis_assets.recording_import.check_recording import check_recording

    report = check_recording(folder)
    console.print(report.summary)
    for note in report.notes:
        print_plain(note, "[yellow]note[/]: ")
    for fault in report.faults:
        print_plain(fault, "[red]fault[/]: ")
    if number := len(report.faults):
        console.print("1 fault" if number == 1 else f"{number} faults")
        raise typer.Exit(1)
    _print_fit(folder.resolve().name, report, analysis)
    console.print("[green]no faults[/]")


def _print_fit(name: str, report: "CheckReport", analysis: str) -> None:
    from rnnvis_assets.configuration.load_project import load_sound_project
    from rnnvis_assets.model_kinds.analysis_forecast import note_fit

    analyses = load_sound_project()[0].analyses
    if analysis not in analyses:
        raise ConfigurationError(unknown_name(analysis, "an analysis", analyses))
    assert report.text is not None
    notes = note_fit(name, analyses[analysis], report.text.word_ids, min(report.units))
    for note in notes:
        print_plain(f"{note} (analysis {analysis})", "[yellow]note[/]: ")


@check_app.command("model")
def check_model(
    names: Annotated[list[str], typer.Argument(help="models to be trained, from `rnnvis list`")],
) -> None:
    """Reports what training and analysing a model takes, and what of its analysis it is too small
    for, before anything is trained; prepares its dataset."""
    from rnnvis_assets.configuration.load_project import load_sound_project
    from rnnvis_assets.corpus.corpus_asset import STAGE as CORPUS
    from rnnvis_assets.engine.freshness import freshness
    from rnnvis_assets.engine.open_context import open_context
    from rnnvis_assets.engine.run_stage import run_stage
    from rnnvis_assets.model_kinds.analysis_forecast import forecast_training

    context = open_context(load_sound_project()[0], print_plain)
    for name in names:
        if name not in context.project.models:
            raise ConfigurationError(unknown_name(name, "a model", context.project.models))
        dataset = context.project.models[name].dataset
        if dataset and freshness(CORPUS, context, dataset).state != "fresh":
            run_stage(CORPUS, context, dataset)
        for line in forecast_training(context, name):
            print_plain(line)


@app.command("recording")
def import_recording(
    folder: Annotated[Path, typer.Argument(help="the recording's folder")],
    name: Annotated[str | None, typer.Option(help="the model's name; else the folder's")] = None,
    analysis: Annotated[str, typer.Option(help="a name from configs/analyses")] = "default",
) -> None:
    """Imports a recording that another program wrote as a model, atomically."""
    from rnnvis_assets.configuration.load_project import load_project
    from rnnvis_assets.engine.open_context import open_context
    from rnnvis_assets.model_kinds.register_recording import register_recording

    context = open_context(load_project(), print_plain)
    model = register_recording(context, folder, name, analysis)
    console.print(f"[green]{model}[/] is imported; to analyse it: rnnvis materialize {model}")
