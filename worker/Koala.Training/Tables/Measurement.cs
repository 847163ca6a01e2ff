using Koala.Network;
using Koala.Training.Evaluation;

namespace Koala.Training.Tables;

/// <summary>The means of one network over one test set.</summary>
/// <param name="Options">What the network is made of.</param>
/// <param name="Stage">The stage of training it comes from, 1 to 3.</param>
/// <param name="TrueKernels">Whether it was given the true kernels instead of its own estimates.</param>
/// <param name="Set">Name of the test set.</param>
/// <param name="Mean">The means.</param>
internal sealed record Measurement(KoalaNetOptions Options, int Stage, bool TrueKernels, string Set, ImageScore Mean);
