"""What the YAML files under ``configs/`` may say, and reading them with every fault reported."""
