using static TorchSharp.torch;

namespace Koala.Training.Optimization;

/// <summary>How the gradient of one parameter becomes a step, and what is remembered of the gradients before.</summary>
internal interface IUpdateRule : IDisposable
{
    /// <summary>What is remembered, by short names.</summary>
    IEnumerable<(string Name, Tensor Value)> State { get; }

    /// <summary>Changes the parameter's values.</summary>
    /// <param name="parameter">float32.</param>
    /// <param name="gradient">Of the same shape, on the same device.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="step">Steps done before, from 0.</param>
    void Update(Tensor parameter, Tensor gradient, double rate, int step);
}
