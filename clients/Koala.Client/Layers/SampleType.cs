namespace Koala.Client;

/// <summary>How one sample of a layer is stored; of more than one byte, little-endian.</summary>
public enum SampleType
{
    /// <summary>8 bits, 0 to 255.</summary>
    U8,

    /// <summary>16 bits, 0 to 65535.</summary>
    U16,

    /// <summary>IEEE 754 single, 0.0 for black and 1.0 for white, beyond both where the layer goes beyond.</summary>
    F32,
}
