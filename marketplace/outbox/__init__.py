"""What happened, told once to every capability that asked to hear of it, after it was committed."""
