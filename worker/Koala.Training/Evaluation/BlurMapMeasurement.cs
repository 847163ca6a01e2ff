using Koala.Network;
using Koala.Training.Degradation;
using static TorchSharp.torch;

namespace Koala.Training.Evaluation;

/// <summary>What the estimated blur is worth where the true one is known and differs from place to place: on <see cref="DeadLeaves"/>.</summary>
public sealed class BlurMapMeasurement(InferenceModel model)
{
    // LR pixels; with a border at pictures' and regions' edges, where two blurs meet.
    private const int Side = 96;
    private const int Border = 6;
    private const int Seed = 1;

    private readonly int _scale = model.Info.Options.Scale;

    /// <summary>Round blur that widens from the left, σ 0.5, to the right, σ 4.</summary>
    public GradientErrors Gradient()
    {
        var map = Estimate(x => new DegradationKernel(Sigma(x.X), Sigma(x.X), 0));
        var pairs = Inner(_ => true).Select(at => (True: Sigma(at.X), Estimated: Mean(map[at.Y, at.X]))).ToArray();
        var columns = Enumerable.Range(0, 6).Select(i => pairs.Where(p => (int)(6 * (p.True - 0.5) / 3.51) == i).ToArray())
            .Select(p => (p.Average(v => v.True), Median(p.Select(v => v.Estimated)))).ToArray();
        return new GradientErrors(pairs.Average(p => Math.Abs(p.True - p.Estimated)), Correlation(pairs), columns);

        double Sigma(int x) => 0.5 + 3.5 * x / (Side - 1);
    }

    /// <summary>A sharp disc, σ 0.7, on blurred ground, σ 3.6.</summary>
    public DiscErrors Disc()
    {
        const int radius = 26;
        var map = Estimate(at => Radius(at) < radius ? new DegradationKernel(0.7, 0.7, 0) : new DegradationKernel(3.6, 3.6, 0));
        double[] inside = [.. Inner(at => Radius(at) < radius - 3).Select(at => Mean(map[at.Y, at.X]))];
        double[] outside = [.. Inner(at => Radius(at) > radius + 4).Select(at => Mean(map[at.Y, at.X]))];
        return new DiscErrors(Median(inside), Median(outside), Auc(outside, inside));

        static double Radius((int X, int Y) at) => Math.Sqrt(Math.Pow(at.X - Side / 2, 2) + Math.Pow(at.Y - Side / 2, 2));
    }

    /// <summary>Blur as of motion, σ 3.5 along and 0.7 across, in another direction in each quarter: 0°, 45°, 90° and 135°.</summary>
    public MotionErrors Motion()
    {
        var map = Estimate(at => new DegradationKernel(3.5, 0.7, Angle(at)));
        var blurs = Inner(at => Math.Abs(at.X - Side / 2) > Border && Math.Abs(at.Y - Side / 2) > Border)
            .Select(at => (Blur: map[at.Y, at.X], True: Angle(at))).ToArray();
        return new MotionErrors(
            Median(blurs.Select(b => (double)b.Blur.SigmaMajor)), Median(blurs.Select(b => (double)b.Blur.SigmaMinor)),
            Median(blurs.Select(b => Degrees(b.Blur.Angle - b.True))));

        static double Angle((int X, int Y) at) => Math.PI / 4 * (2 * (at.Y / (Side / 2)) + at.X / (Side / 2));

        // Directions have no sign.
        static double Degrees(double difference) =>
            Math.Abs(difference) % Math.PI is var angle ? Math.Min(angle, Math.PI - angle) * 180 / Math.PI : 0;
    }

    /// <summary>Share of pairs in which the first is the greater: 1 where they can be told apart, 0.5 by chance.</summary>
    internal static double Auc(IReadOnlyCollection<double> greater, IReadOnlyCollection<double> smaller) =>
        greater.Average(a => smaller.Average(b => a > b ? 1 : a == b ? 0.5 : 0));

    private Client.Blur[,] Estimate(Func<(int X, int Y), DegradationKernel> kernel)
    {
        using var scope = NewDisposeScope();
        var kernels = new Dictionary<DegradationKernel, float[]>();
        var taps = new float[Side * Side * 400];
        for (var i = 0; i < Side * Side; i++)
        {
            var k = kernel((i % Side, i / Side));
            if (!kernels.TryGetValue(k, out var values))
                kernels[k] = values = k.Taps();
            values.CopyTo(taps, 400 * i);
        }

        var everywhere = tensor(taps).view(1, Side, Side, 400).permute(0, 3, 1, 2);
        var lr = Degrader.Quantise(LocalFilter.Degrade(DeadLeaves.Draw(_scale * Side, _scale * Side, Seed), everywhere, _scale));
        var options = new InferenceOptions { Covariances = true, BlurOnly = true };
        var c = model.InferImage(lr, Precision.Fp32, options).Covariances!.permute(0, 2, 3, 1).contiguous().data<float>().ToArray();
        var map = new Client.Blur[Side, Side];
        for (var i = 0; i < Side * Side; i++)
            map[i / Side, i % Side] = Client.Blur.FromCovariance(c[3 * i], c[3 * i + 1], c[3 * i + 2]);
        return map;
    }

    private static IEnumerable<(int X, int Y)> Inner(Func<(int X, int Y), bool> where) =>
        (from y in Enumerable.Range(Border, Side - 2 * Border) from x in Enumerable.Range(Border, Side - 2 * Border) select (x, y)).Where(where);

    private static double Mean(Client.Blur blur) => Math.Sqrt(blur.SigmaMajor * blur.SigmaMinor);

    private static double Median(IEnumerable<double> values) => values.Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : 0;

    private static double Correlation((double A, double B)[] pairs)
    {
        var (a, b) = (pairs.Average(p => p.A), pairs.Average(p => p.B));
        return pairs.Sum(p => (p.A - a) * (p.B - b))
            / Math.Sqrt(pairs.Sum(p => Math.Pow(p.A - a, 2)) * pairs.Sum(p => Math.Pow(p.B - b, 2)));
    }
}

/// <summary>Errors on a gradient of σ. In HR pixels.</summary>
/// <param name="MeanError">Mean difference of σ.</param>
/// <param name="Correlation">Of true and estimated σ.</param>
/// <param name="Columns">True and median estimated σ, from sharp to blurred.</param>
public sealed record GradientErrors(double MeanError, double Correlation, IReadOnlyList<(double True, double Estimated)> Columns);

/// <summary>A sharp disc on blurred ground. In HR pixels.</summary>
/// <param name="Inside">Median σ where it is 0.7.</param>
/// <param name="Outside">Median σ where it is 3.6.</param>
/// <param name="Auc">How well σ tells the one from the other.</param>
public sealed record DiscErrors(double Inside, double Outside, double Auc);

/// <summary>Blur in four directions.</summary>
/// <param name="SigmaMajor">Median, in HR pixels, of 3.5.</param>
/// <param name="SigmaMinor">Median, in HR pixels, of 0.7.</param>
/// <param name="AngleError">Median, in degrees; 45 by chance.</param>
public sealed record MotionErrors(double SigmaMajor, double SigmaMinor, double AngleError);
