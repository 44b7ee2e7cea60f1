"""Language models that transformers has saved: what their recurrent layers hold at every word."""
