"""`python -m bayling`, which is what `accelerate launch -m bayling` starts in each process."""

from bayling.cli import main

if __name__ == "__main__":
    main()
