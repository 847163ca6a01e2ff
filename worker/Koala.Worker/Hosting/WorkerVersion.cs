using System.Reflection;

namespace Koala.Worker.Hosting;

internal static class WorkerVersion
{
    /// <summary>What <c>--version</c> prints.</summary>
    public static string Text { get; } =
        typeof(WorkerVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
