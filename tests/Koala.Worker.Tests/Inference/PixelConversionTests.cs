using System.Runtime.InteropServices;
using Koala.Protocol.V1;
using Koala.Worker.Inference;

namespace Koala.Worker.Tests.Inference;

public sealed class PixelConversionTests
{
    [Fact]
    public void Decode_U8_IsTheNetworksRange()
    {
        var values = new float[3];
        PixelConversion.Decode([0, 51, 255], PixelFormat.RgbU8, values);
        Assert.Equal([-1f, 51 / 127.5f - 1f, 1f], values);
    }

    [Fact]
    public void Encode_EveryU8_ComesBack()
    {
        var pixels = Enumerable.Range(0, 256 * 3).Select(v => (byte)v).ToArray();
        Assert.Equal(pixels, RoundTrip(pixels, PixelFormat.RgbU8, pixels.Length));
    }

    [Fact]
    public void Encode_EveryU16_ComesBack()
    {
        var pixels = MemoryMarshal.AsBytes(Enumerable.Range(0, 65536).Select(v => (ushort)v).ToArray().AsSpan()).ToArray();
        Assert.Equal(pixels, RoundTrip(pixels, PixelFormat.RgbU16, 65536));
    }

    [Theory]
    [InlineData(PixelFormat.RgbU8, 255)]
    [InlineData(PixelFormat.RgbU16, 65535)]
    public void Encode_AnyLength_RoundsAndClamps(PixelFormat format, int max)
    {
        // The ends of the vectors: whole ones and rests of every length.
        var random = new Random(7);
        for (var length = 0; length < 200; length++)
        {
            var values = Enumerable.Range(0, length).Select(_ => (float)(random.NextDouble() * 4 - 2)).ToArray();
            var bytes = new byte[length * (max > 255 ? 2 : 1)];
            Assert.True(PixelConversion.Encode(values, format, bytes));
            for (var i = 0; i < length; i++)
            {
                var actual = max > 255 ? MemoryMarshal.Cast<byte, ushort>(bytes)[i] : bytes[i];
                var exact = Math.Clamp((values[i] + 1.0) * max / 2, 0, max);
                Assert.InRange(actual, exact - 0.505, exact + 0.505);
            }
        }
    }

    [Fact]
    public void Encode_F32_IsNotClipped()
    {
        float[] samples = [-0.5f, 0f, 0.25f, 1f, 1.5f];
        var bytes = MemoryMarshal.AsBytes(samples.AsSpan()).ToArray();
        Assert.Equal(bytes, RoundTrip(bytes, PixelFormat.RgbF32, samples.Length));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Encode_NotFinite_IsRefusedWhereverItIs(float value)
    {
        for (var place = 0; place < 70; place++)
        {
            var values = new float[70];
            values[place] = value;
            foreach (var format in (PixelFormat[])[PixelFormat.RgbU8, PixelFormat.RgbU16, PixelFormat.RgbF32])
                Assert.False(PixelConversion.Encode(values, format, new byte[70 * 4]));
        }
    }

    private static byte[] RoundTrip(byte[] pixels, PixelFormat format, int samples)
    {
        var values = new float[samples];
        PixelConversion.Decode(pixels, format, values);
        var back = new byte[pixels.Length];
        Assert.True(PixelConversion.Encode(values, format, back));
        return back;
    }
}
