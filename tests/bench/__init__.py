"""What things cost, as ratios within one run: absolute times of a busy machine mean little."""
