"""NLTK tagger data made up for tests: a dictionary of words, no weights."""

import json
from pathlib import Path

TAGS = {"the": "DT", "dog": "NN", "barks": "VBZ", "loud": "JJ", "10": "CD", ".": ".", "''": "''"}
MAPPING = "DT DET|NN NOUN|VBZ VERB|JJ ADJ|CD NUM|. .|'' ."


def write_tagger_data(mirror: Path) -> None:
    """Every word that TAGS lacks is tagged with the last of the classes: VBZ."""
    folder = mirror / "nltk_data" / "taggers" / "averaged_perceptron_tagger_eng"
    folder.mkdir(parents=True)
    contents = {"weights": {}, "tagdict": TAGS, "classes": sorted(set(TAGS.values()))}
    for name, content in contents.items():
        path = folder / f"averaged_perceptron_tagger_eng.{name}.json"
        path.write_text(json.dumps(content))
    tag_set = mirror / "nltk_data" / "taggers" / "universal_tagset" / "en-ptb.map"
    tag_set.parent.mkdir()
    tag_set.write_text(MAPPING.replace(" ", "\t").replace("|", "\n") + "\n")
