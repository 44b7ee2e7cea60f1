"""Recording a split with an imported network."""
