using Koala.Training.Degradation;
using static TorchSharp.torch;

namespace Koala.Training.Data;

/// <summary>What one step learns from.</summary>
/// <param name="Hr">(N, 3, sP, sP) in [-1, 1].</param>
/// <param name="Lr">(N, 3, P, P) in [-1, 1], on 256 levels.</param>
/// <param name="Kernels">(N, 400, P, P): k_d of each LR pixel.</param>
public sealed record Batch(Tensor Hr, Tensor Lr, Tensor Kernels);

/// <summary>Draws patches: anywhere in any photograph, flipped and rotated, blurred by a random kernel or, some of them, by two side by side.</summary>
/// <remarks>A batch is a function of seed and step alone, so that a resumed training sees what it would have seen.</remarks>
public sealed class PatchSampler
{
    // Of every other patch two draws and the more textured of them: flat sky teaches little about details. But kernels are to be found in
    // smooth pictures too.
    private static int Draws(int patch) => 1 + patch % 2;

    private readonly PhotographCache _photographs;
    private readonly IReadOnlyList<PhotographCache.Entry> _entries;
    private readonly double[] _cumulativeArea;
    private readonly int _scale;
    private readonly int _patchLr;
    private readonly int _batch;
    private readonly double _twoBlurs;
    private readonly int _seed;
    private readonly Device _device;

    /// <param name="photographs">The photographs.</param>
    /// <param name="entries">Those of them to draw from.</param>
    /// <param name="scale">s.</param>
    /// <param name="patchLr">Side of a patch in LR pixels.</param>
    /// <param name="batch">Patches of a batch.</param>
    /// <param name="twoBlurs">Share of the patches that have two blurs.</param>
    /// <param name="seed">Another seed draws other patches.</param>
    /// <param name="device">Where batches are made.</param>
    public PatchSampler(
        PhotographCache photographs, IReadOnlyList<PhotographCache.Entry> entries, int scale, int patchLr, int batch, double twoBlurs, int seed, Device device)
    {
        ArgumentNullException.ThrowIfNull(entries);
        (_photographs, _entries, _scale, _patchLr, _batch) = (photographs, entries, scale, patchLr, batch);
        (_twoBlurs, _seed, _device) = (twoBlurs, seed, device);
        _cumulativeArea = new double[entries.Count];
        var sum = 0.0;
        for (var i = 0; i < entries.Count; i++)
            _cumulativeArea[i] = sum += (double)entries[i].Width * entries[i].Height;
    }

    /// <summary>The batch of a step.</summary>
    public Batch Draw(int step)
    {
        var random = new Random(HashCode(_seed, step));
        var side = _scale * _patchLr;
        const int taps = DegradationKernel.Side * DegradationKernel.Side;
        var patches = new float[_batch * 3 * side * side];
        var (kernels, others) = (new float[_batch * taps], new float[_batch * taps]);
        var shares = new float[_batch * _patchLr * _patchLr];
        Array.Fill(shares, 1);
        for (var i = 0; i < _batch; i++)
        {
            var patch = Enumerable.Range(0, Draws(i)).Select(_ => Patch(random, side)).MaxBy(p => Texture(p, side))!;
            Place(patch, side, random.Next(8), patches.AsSpan(i * 3 * side * side));
            DegradationKernel.Random(random).Taps().CopyTo(kernels, i * taps);
            if (_twoBlurs > 0 && random.NextDouble() < _twoBlurs)
            {
                DegradationKernel.Random(random).Taps().CopyTo(others, i * taps);
                SoftDisc.Random(random, _patchLr).Fill(shares.AsSpan(i * _patchLr * _patchLr, _patchLr * _patchLr), _patchLr);
            }
        }

        using var scope = NewDisposeScope();
        var hr = tensor(patches, device: _device).view(_batch, 3, side, side);
        var (one, other) = (tensor(kernels, device: _device).view(_batch, 1, 1, taps), tensor(others, device: _device).view(_batch, 1, 1, taps));
        var share = tensor(shares, device: _device).view(_batch, _patchLr, _patchLr, 1);
        var lr = Degrader.Blur(hr, other.flatten(1), _scale).lerp(Degrader.Blur(hr, one.flatten(1), _scale), share.permute(0, 3, 1, 2));
        return new Batch(
            hr.MoveToOuterDisposeScope(),
            Degrader.Quantise(lr).MoveToOuterDisposeScope(),
            other.lerp(one, share).permute(0, 3, 1, 2).MoveToOuterDisposeScope());
    }

    // HashCode.Combine is seeded anew in every process.
    private static int HashCode(int seed, int step) => unchecked((seed * 486187739 + step) * 16777619 ^ 0x5bd1e995);

    private byte[] Patch(Random random, int side)
    {
        var place = Array.BinarySearch(_cumulativeArea, random.NextDouble() * _cumulativeArea[^1]);
        var entry = _entries[Math.Min(place < 0 ? ~place : place, _entries.Count - 1)];
        var (x, y) = (random.Next(entry.Width - side + 1), random.Next(entry.Height - side + 1));
        var pixels = new byte[3 * side * side];
        for (var row = 0; row < side; row++)
            _photographs.Row(entry, y + row, x, side).CopyTo(pixels.AsSpan(3 * row * side));
        return pixels;
    }

    private static long Texture(byte[] patch, int side)
    {
        var sum = 0L;
        for (var i = 3 * side; i < patch.Length; i += 3)
            sum += Math.Abs(patch[i + 1] - patch[i + 1 - 3 * side]) + Math.Abs(patch[i + 1] - patch[i - 2]);
        return sum;
    }

    // One of the eight flips and rotations, as planes in [-1, 1].
    private static void Place(byte[] patch, int side, int turn, Span<float> planes)
    {
        for (var y = 0; y < side; y++)
            for (var x = 0; x < side; x++)
            {
                var (sy, sx) = ((turn & 1) == 0 ? y : side - 1 - y, (turn & 2) == 0 ? x : side - 1 - x);
                if ((turn & 4) != 0)
                    (sy, sx) = (sx, sy);
                for (var colour = 0; colour < 3; colour++)
                    planes[(colour * side + y) * side + x] = patch[3 * (sy * side + sx) + colour] / 127.5f - 1;
            }
    }
}
