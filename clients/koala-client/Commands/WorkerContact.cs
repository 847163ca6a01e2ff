namespace Koala.Client.CommandLine.Commands;

/// <summary>Turns what goes wrong with a worker into exit codes.</summary>
internal static class WorkerContact
{
    /// <summary>For looking for, starting, asking or stopping a worker.</summary>
    public static Task<T> ContactAsync<T>(Func<Task<T>> call) => GuardAsync(call, ExitCodes.OfContact);

    /// <summary>For the work of a worker that was ready.</summary>
    public static Task<T> WorkAsync<T>(Func<Task<T>> call) => GuardAsync(call, ExitCodes.OfWork);

    private static async Task<T> GuardAsync<T>(Func<Task<T>> call, Func<KoalaErrorKind, ExitCode> code)
    {
        try
        {
            return await call();
        }
        catch (KoalaException error)
        {
            var request = error.RequestId.Length > 0 ? $" (request {error.RequestId} in the worker's log)" : "";
            throw new CommandFailure(code(error.Kind), error.Message + request, error);
        }
    }
}
