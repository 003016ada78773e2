"""What all answers have in common, by requests to small applications inside the process."""
