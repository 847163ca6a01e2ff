using Koala.Client.Tests.Fakes;

namespace Koala.Client.Tests.Workers;

public sealed class WorkerProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string? _before = Environment.GetEnvironmentVariable(WorkerProgram.EnvironmentVariable);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(WorkerProgram.EnvironmentVariable, _before);
        _folder.Dispose();
    }

    [Fact]
    public void Find_OfSeveral_TakesTheExplicitThenTheEnvironmentsThenTheFallback()
    {
        string[] paths = [_folder["a"], _folder["b"], _folder["c"]];
        foreach (var path in paths)
            File.WriteAllText(path, "");
        Environment.SetEnvironmentVariable(WorkerProgram.EnvironmentVariable, paths[1]);

        Assert.Equal(paths[0], WorkerProgram.Find(paths[0], paths[2]));
        Assert.Equal(paths[1], WorkerProgram.Find(null, paths[2]));
        Environment.SetEnvironmentVariable(WorkerProgram.EnvironmentVariable, null);
        Assert.Equal(paths[2], WorkerProgram.Find(null, paths[2]));
    }

    [Fact]
    public void Find_OfNone_NamesThePlacesTried()
    {
        Environment.SetEnvironmentVariable(WorkerProgram.EnvironmentVariable, null);

        var exception = Assert.Throws<KoalaException>(() => WorkerProgram.Find(null, _folder["built"]));

        Assert.Equal(KoalaErrorKind.WorkerNotFound, exception.Kind);
        Assert.Contains(Path.Combine(AppContext.BaseDirectory, "worker", "koala-worker"), exception.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(AppContext.BaseDirectory, "koala-worker"), exception.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(WorkerProgram.UserFolder, "koala-worker"), exception.Message, StringComparison.Ordinal);
        Assert.Contains(_folder["built"], exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_InTheUsersFolder_ComesBeforeTheFallback()
    {
        Environment.SetEnvironmentVariable(WorkerProgram.EnvironmentVariable, null);
        var before = Environment.GetEnvironmentVariable("XDG_DATA_HOME");
        Environment.SetEnvironmentVariable("XDG_DATA_HOME", _folder["data"]);
        try
        {
            Assert.Equal(Path.Combine(_folder["data"], "koala", "worker"), WorkerProgram.UserFolder);
            Directory.CreateDirectory(WorkerProgram.UserFolder);
            var program = Path.Combine(WorkerProgram.UserFolder, "koala-worker");
            File.WriteAllText(program, "");
            File.WriteAllText(_folder["built"], "");

            Assert.Equal(program, WorkerProgram.Find(null, _folder["built"]));
        }
        finally
        {
            Environment.SetEnvironmentVariable("XDG_DATA_HOME", before);
        }
    }

    [Fact]
    public void Find_OfAnExplicitProgramThatIsMissing_TakesNoOther()
    {
        File.WriteAllText(_folder["other"], "");

        var exception = Assert.Throws<KoalaException>(() => WorkerProgram.Find(_folder["named"], _folder["other"]));

        Assert.Contains(_folder["named"], exception.Message, StringComparison.Ordinal);
    }
}
