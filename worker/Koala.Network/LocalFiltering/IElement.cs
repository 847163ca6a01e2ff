using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Koala.Network.LocalFiltering;

/// <summary>How a tensor's elements become the floats that are computed with, and back.</summary>
/// <typeparam name="T">The element in memory.</typeparam>
internal interface IElement<T> where T : unmanaged
{
    static abstract float Load(T value);

    static abstract T Store(float value);

    /// <summary>16 consecutive elements.</summary>
    static abstract unsafe Vector512<float> Load(T* source);

    /// <summary>16 consecutive elements.</summary>
    static abstract unsafe void Store(T* destination, Vector512<float> value);
}

/// <summary>Float elements.</summary>
internal readonly struct Float32Element : IElement<float>
{
    public static float Load(float value) => value;

    public static float Store(float value) => value;

    public static unsafe Vector512<float> Load(float* source) => Vector512.Load(source);

    public static unsafe void Store(float* destination, Vector512<float> value) => value.Store(destination);
}

/// <summary>bfloat16 elements: the upper half of a float, stored with rounding to nearest even.</summary>
internal readonly struct BFloat16Element : IElement<ushort>
{
    public static float Load(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);

    public static ushort Store(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<float> Load(ushort* source)
    {
        var (lower, upper) = Vector256.Widen(Vector256.Load(source));
        return Vector512.ShiftLeft(Vector512.Create(lower, upper), 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(ushort* destination, Vector512<float> value)
    {
        var bits = value.AsUInt32();
        var rounding = Vector512.Create(0x7fffu) + (Vector512.ShiftRightLogical(bits, 16) & Vector512<uint>.One);
        var halves = Vector512.ShiftRightLogical(bits + rounding, 16);
        Vector256.Narrow(halves.GetLower(), halves.GetUpper()).Store(destination);
    }
}
