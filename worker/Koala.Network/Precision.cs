namespace Koala.Network;

/// <summary>The arithmetic of the convolutions.</summary>
public enum Precision
{
    /// <summary>32-bit floating point.</summary>
    Fp32,

    /// <summary>bfloat16 weights and activations, sums in 32 bits.</summary>
    Bf16,
}
