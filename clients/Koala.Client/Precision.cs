namespace Koala.Client;

/// <summary>The arithmetic of the worker's convolutions. Values as in the contract.</summary>
public enum Precision
{
    /// <summary>The worker chooses: bf16 where its device computes in it, else fp32.</summary>
    Auto = 0,

    /// <summary>32-bit floating point.</summary>
    Fp32 = 1,

    /// <summary>bfloat16 products with 32-bit sums.</summary>
    Bf16 = 2,
}
