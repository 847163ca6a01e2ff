using System.CommandLine;

namespace Koala.Worker.Security;

/// <summary>The options of the command line that say who may use the worker over a network.</summary>
internal sealed class SecurityArguments
{
    private const UnixFileMode OpenToOthers = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly Option<string> _certificate = new("--certificate")
    {
        Description = "PEM file of the certificate for https:// endpoints, its chain after it; read again when it is renewed",
        HelpName = "file",
    };

    private readonly Option<string> _certificateKey = new("--certificate-key")
    {
        Description = "PEM file of the certificate's key [default: in the certificate's file]",
        HelpName = "file",
    };

    private readonly Option<string> _clientAuthority = new("--client-ca")
    {
        Description = "PEM file of the authorities whose client certificates https:// endpoints ask for [default: none is asked for]",
        HelpName = "file",
    };

    private readonly Option<string> _tokenFile = new("--token-file")
    {
        Description = $"File of the token that clients at a port have to send [default: {AccessToken.EnvironmentVariable} if set, else none]",
        HelpName = "file",
    };

    public void AddTo(RootCommand root)
    {
        foreach (var option in (Option[])[_certificate, _certificateKey, _clientAuthority, _tokenFile])
            root.Options.Add(option);
    }

    public SecurityOptions Read(ParseResult parsed, List<string> problems) => new()
    {
        Certificate = parsed.GetValue(_certificate),
        CertificateKey = parsed.GetValue(_certificateKey),
        ClientAuthority = parsed.GetValue(_clientAuthority),
        Token = ReadToken(parsed.GetValue(_tokenFile), problems),
    };

    private static AccessToken? ReadToken(string? file, List<string> problems)
    {
        var source = file is null ? AccessToken.EnvironmentVariable : "--token-file";
        try
        {
            if (file is not null && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & OpenToOthers) != 0)
                problems.Add($"--token-file: everybody can open {file}; run 'chmod o-rwx {file}'");
            var text = file is null ? Environment.GetEnvironmentVariable(AccessToken.EnvironmentVariable) : File.ReadAllText(file);
            return string.IsNullOrEmpty(text) && file is null ? null : AccessToken.Parse(text!);
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            problems.Add($"{source}: {e.Message}");
            return null;
        }
    }
}
