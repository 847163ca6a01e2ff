using Koala.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Koala.Training.Tests.Optimization;

public sealed class OptimizerTests
{
    [Fact]
    public void Step_AdamWithoutClipping_EqualsTheLibrarys()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var start = randn([7, 5], generator: generator);
        var ours = nn.Parameter(start.clone());
        var theirs = nn.Parameter(start.clone());
        using var optimizer = new Optimizer(OptimizationMethod.Adam, [("w", ours)]);
        var reference = optim.Adam([theirs], 0.01);
        for (var step = 0; step < 5; step++)
        {
            foreach (var (parameter, zero) in new (Tensor, Action)[] { (ours, optimizer.ZeroGradients), (theirs, () => reference.zero_grad()) })
            {
                zero();
                (parameter.square() * (step + 1)).sin().sum().backward();
            }

            using (no_grad())
                optimizer.Step(step, 0.01, double.MaxValue, 0.9);
            reference.step();
        }

        Assert.True(allclose(ours, theirs, atol: 1e-6));
    }

    [Fact]
    public void Step_LongGradient_IsClippedToTheNorm()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(zeros(4));
        using var optimizer = new Optimizer(OptimizationMethod.Adam, [("w", w)]);
        (w * 300).sum().backward();
        using var _ = no_grad();
        Assert.Equal(600, optimizer.Step(0, 0.1, 1, 0.9), 2);
        var moments = optimizer.State.Single(s => s.Name == "m.w").Value;
        Assert.Equal(0.1 * 0.5, moments[0].item<float>(), 5);
    }

    // libtorch's device without memory, where tensors have shapes alone: one left on the CPU fails there as it would on a GPU.
    [Theory]
    [InlineData(OptimizationMethod.Adam)]
    [InlineData(OptimizationMethod.Muon)]
    public void Update_ParameterOnAnotherDevice_NeedsNothingFromTheProcessor(OptimizationMethod method)
    {
        using var scope = NewDisposeScope();
        var (w, gradient) = (zeros([16, 20, 3, 3], device: new Device(DeviceType.META)), zeros([16, 20, 3, 3], device: new Device(DeviceType.META)));
        using IUpdateRule rule = method == OptimizationMethod.Muon ? new MuonRule(w) : new AdamRule(w);
        rule.Update(w, gradient, 0.1, 0);
        Assert.All(rule.State, s => Assert.Equal(DeviceType.META, s.Value.device_type));
    }

    [Fact]
    public void Step_MuonWithoutClipping_StepsAlongTheOrthogonalGradient()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        var start = randn([16, 20, 3, 3], generator: generator);
        var w = nn.Parameter(start.clone());
        using var optimizer = new Optimizer(OptimizationMethod.Muon, [("w", w)]);
        var factors = randn([16, 20, 3, 3], generator: generator);
        (w * factors).sum().backward();
        using var _ = no_grad();
        optimizer.Step(0, 0.01, double.MaxValue, 0.9);
        // 0.2, the root mean square of Adam's usual step, times the rate.
        var expected = start - 0.2f * 0.01f * MathF.Sqrt(180) * MuonRule.Orthogonal(factors.view(16, 180)).view(16, 20, 3, 3);
        Assert.InRange((w - expected).abs().max().item<float>(), 0, 1e-4f);
        Assert.True(allclose(optimizer.Averages.Single().Average, start + 0.9f * (w - start), atol: 1e-5));
    }

    [Fact]
    public void Step_GradientNotFinite_ChangesNothing()
    {
        using var scope = NewDisposeScope();
        var w = nn.Parameter(ones(4));
        using var optimizer = new Optimizer(OptimizationMethod.Adam, [("w", w)]);
        (w * float.NaN).sum().backward();
        using var _ = no_grad();
        Assert.Throws<ArithmeticException>(() => optimizer.Step(0, 0.1, 1, 0.9));
        Assert.True((w == 1).all().item<bool>());
    }
}
