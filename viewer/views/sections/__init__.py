"""The pages of the detail column, one at a time on the screen."""
