"""Running a trained network over a split and writing down what it remembers at every token."""
