using Koala.Training.Data;
using Koala.Training.Degradation;
using Koala.Training.Evaluation;
using static TorchSharp.torch;

namespace Koala.Training.Tests.Degradation;

public sealed class DegraderTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Degrade_AnyImage_IsTheDefinition(int scale)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var hr = rand([1, 3, 8 * scale, 5 * scale], generator: generator) * 2 - 1;
        var taps = new DegradationKernel(2.5, 0.8, 0.7).Taps();
        var lr = Degrader.Degrade(hr, tensor(taps).view(1, -1), scale);
        Assert.Equal([1, 3, 8, 5], lr.shape);
        var values = hr.data<float>().ToArray();
        for (var i = 0; i < 3 * 8 * 5; i++)
        {
            var (c, y, x) = (i / 40, i / 5 % 8, i % 5);
            var sum = 0.0;
            for (var t = 0; t < 400; t++)
            {
                var sy = Mirrored(scale * y + t / 20 - (20 - scale) / 2, 8 * scale);
                var sx = Mirrored(scale * x + t % 20 - (20 - scale) / 2, 5 * scale);
                sum += taps[t] * values[(c * 8 * scale + sy) * 5 * scale + sx];
            }

            var expected = Math.Clamp(Math.Round((sum + 1) * 127.5), 0, 255) / 127.5 - 1;
            Assert.Equal(expected, lr[0, c, y, x].item<float>(), 5);
        }

        static int Mirrored(int i, int length) => i < 0 ? -1 - i : i >= length ? 2 * length - 1 - i : i;
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Rebuild_TrueKernelEverywhere_IsTheLrImageUpToItsBorder(int scale)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var hr = rand([2, 3, 8 * scale, 12 * scale], generator: generator) * 2 - 1;
        var taps = stack([tensor(new DegradationKernel(3.5, 0.8, 0.7).Taps()), tensor(new DegradationKernel(0.5, 0.5, 0).Taps())]);
        var kernels = taps.view(2, 400, 1, 1).expand(2, 400, 8, 12).contiguous().requires_grad_(true);
        var rebuilt = Degrader.Rebuild(hr, kernels, scale);
        var difference = (Degrader.Degrade(hr, taps, scale) - rebuilt.clamp(-1, 1)).abs().max().item<float>();
        Assert.InRange(difference, 0, 0.5 / 127.5 + 1e-4);
        rebuilt.sum().backward();
        Assert.True(kernels.grad!.abs().sum([1]).min().item<float>() > 0, "every kernel has a gradient");
    }

    [Theory]
    [InlineData("Set5", 2)]
    [InlineData("Set5", 4)]
    [InlineData("Set14", 2)]
    [InlineData("Set14", 4)]
    public void Degrade_PublicTestSets_ReproducesTheirLrFiles(string name, int scale)
    {
        var data = Environment.GetEnvironmentVariable("KOALA_TEST_DATA");
        Assert.SkipUnless(Directory.Exists(data), "KOALA_TEST_DATA names no folder with Set5 and Set14");
        var set = new TestSet(Path.Combine(data, name, "HR"), Path.Combine(data, "eval-kernels.tsv"), scale);
        var (values, off) = (0L, 0L);
        for (var i = 0; i < set.Count; i++)
        {
            using var image = set[i];
            var lr = Photograph.FromTensor(image.Lr);
            var expected = Photograph.Read(Path.Combine(data, name, $"LRx{scale}", image.Name));
            Assert.Equal((expected.Width, expected.Height), (lr.Width, lr.Height));
            for (var p = 0; p < lr.Pixels.Length; p++)
            {
                Assert.InRange(lr.Pixels[p] - expected.Pixels[p], -1, 1);
                off += lr.Pixels[p] == expected.Pixels[p] ? 0 : 1;
            }

            values += lr.Pixels.Length;
        }

        Assert.InRange(off / (double)values, 0, 1e-4);
    }
}
