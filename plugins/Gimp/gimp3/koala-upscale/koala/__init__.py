"""What the plug-in koala-upscale.py is made of."""
