"""What dvc.yaml runs: preprocess, stats, evaluate; each a plain function too."""
