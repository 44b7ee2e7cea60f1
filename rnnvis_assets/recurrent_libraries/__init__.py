"""Networks that other libraries than transformers have saved: of the packages xlstm and rwkv."""
