"""A guessing game, to be played on a terminal: `algoroom run examples/guess.py`."""

import os
import random
import sys

secret = random.Random(*sys.argv[1:]).randint(1, 100)
print("I think of a number from 1 to 100.", f"({os.get_terminal_size().columns} columns here)")
while True:
    try:
        guess = int(input("Your guess? "))
    except ValueError:
        print("A number, please.")
    except KeyboardInterrupt:
        print("\nCtrl-D to give up.")
    except EOFError:
        print("\nIt was", secret)
        sys.exit(1)
    else:
        if guess == secret:
            print("Right!")
            break
        print("higher" if guess < secret else "lower")
