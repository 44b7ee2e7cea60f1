"""Sharing releases through an object store: ``rnnvis publish`` and ``rnnvis fetch``."""

from collections.abc import Callable
from time import sleep
from typing import Annotated

import typer

from pipelines.cli.terminal import console, print_plain
from rnnvis_assets.configuration.engine_config import StoreSettings
from rnnvis_assets.configuration.load_project import load_engine, load_project
from rnnvis_assets.engine.stage import RunContext
from rnnvis_assets.housekeeping.shared_releases import fetch_shared, publish_shared
from warehouse.errors import ConfigurationError, RnnvisError
from warehouse.release_index import published_models
from warehouse.shared_store import SharedStore
from warehouse.storage import Storage

Every = Annotated[
    float | None, typer.Option(help="seconds: goes on, doing it again after so many", min=1)
]


def publish(
    models: Annotated[
        list[str] | None, typer.Argument(help="models; all that have a release where none is named")
    ] = None,
    every: Every = None,
) -> None:
    """Publishes current releases to the object store of configs/engine.yaml."""
    store, context = _store(_settings()), _context()

    def publish_all() -> None:
        for model in models or published_models(context.storage):
            if publish_shared(context, store, model):
                console.print(f"{model}: published to {store.address}")
            elif every is None:
                console.print(f"{model}: current in {store.address} already")

    _repeat(publish_all, every)


def fetch(
    models: Annotated[
        list[str] | None, typer.Argument(help="models; all of the store where none is named")
    ] = None,
    every: Every = None,
) -> None:
    """Fetches current releases from the object store of configs/engine.yaml, for `rnnvis view`.

    Each is downloaded once; its hash is verified before it is shown.
    """
    settings, context = _settings(), _context()
    store, most_bytes = _store(settings), int(settings.cache_gigabytes * 1e9)

    def fetch_all() -> None:
        new = fetch_shared(context, store, models or (), most_bytes)
        if new or every is None:
            console.print(f"new here: {', '.join(new) or 'nothing'}")

    _repeat(fetch_all, every)


def _settings() -> StoreSettings:
    settings = load_engine().store
    if settings.address is None:
        raise ConfigurationError(
            "configs/engine.yaml names no object store",
            repair="add store: {address: s3://BUCKET/FOLDER} to it",
        )
    return settings


def _store(settings: StoreSettings) -> SharedStore:
    return SharedStore(settings.address or "", settings.endpoint)


def _context() -> RunContext:
    return RunContext(load_project(), Storage.from_environment(), console.print)


def _repeat(action: Callable[[], None], every: float | None) -> None:
    """Does it once, or for ever; then what failed is said, and tried again in its turn."""
    if every is None:
        return action()
    while True:
        try:
            action()
        except RnnvisError as error:
            print_plain(error, "[yellow]not now[/]: ")
        sleep(every)
