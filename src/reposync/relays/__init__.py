"""Other ways to move an image: programs that are on the machine, called for each image or stage."""
