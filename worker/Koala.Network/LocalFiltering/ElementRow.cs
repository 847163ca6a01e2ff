using System.Runtime.Intrinsics;

namespace Koala.Network.LocalFiltering;

/// <summary>Moves rows of elements to floats and back.</summary>
internal static unsafe class ElementRow<T, TElement>
    where T : unmanaged
    where TElement : struct, IElement<T>
{
    /// <summary>Widens <paramref name="count"/> elements.</summary>
    public static void Load(T* source, float* destination, int count)
    {
        var i = 0;
        for (; i <= count - 16; i += 16)
            TElement.Load(source + i).Store(destination + i);
        for (; i < count; i++)
            destination[i] = TElement.Load(source[i]);
    }

    /// <summary>Multiplies <paramref name="count"/> floats by elements.</summary>
    public static void Multiply(T* source, float* values, int count)
    {
        var i = 0;
        for (; i <= count - 16; i += 16)
            (TElement.Load(source + i) * Vector512.Load(values + i)).Store(values + i);
        for (; i < count; i++)
            values[i] *= TElement.Load(source[i]);
    }

    /// <summary>Narrows <paramref name="count"/> floats.</summary>
    public static void Store(float* source, T* destination, int count)
    {
        var i = 0;
        for (; i <= count - 16; i += 16)
            TElement.Store(destination + i, Vector512.Load(source + i));
        for (; i < count; i++)
            destination[i] = TElement.Store(source[i]);
    }

    /// <summary>Widens the taps of one filter and makes their sum 1: minus their mean, plus 1/count.</summary>
    public static void LoadNormalised(T* source, float* destination, int count)
    {
        Load(source, destination, count);
        Shift(destination, count, 1f);
    }

    /// <summary>Adds to every value what makes their sum <paramref name="sum"/>.</summary>
    public static void Shift(float* values, int count, float sum)
    {
        var total = Vector512<float>.Zero;
        var i = 0;
        for (; i <= count - 16; i += 16)
            total += Vector512.Load(values + i);
        var rest = Vector512.Sum(total);
        for (; i < count; i++)
            rest += values[i];
        var shift = (sum - rest) / count;
        for (i = 0; i <= count - 16; i += 16)
            (Vector512.Load(values + i) + Vector512.Create(shift)).Store(values + i);
        for (; i < count; i++)
            values[i] += shift;
    }
}
