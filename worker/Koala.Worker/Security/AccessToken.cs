using System.Security.Cryptography;
using System.Text;

namespace Koala.Worker.Security;

/// <summary>What clients on other machines must know. Only a hash of it is kept, and nothing prints it.</summary>
internal sealed class AccessToken
{
    /// <summary>Name of the environment variable that holds the token where no file does.</summary>
    public const string EnvironmentVariable = "KOALA_TOKEN";

    private const int Shortest = 16;
    private const int Longest = 1024;

    private readonly byte[] _hash;

    private AccessToken(string text) => _hash = Hash(text);

    /// <summary>Reads a token: 16 to 1024 visible ASCII characters, without the white space around them.</summary>
    /// <exception cref="FormatException">It is none; the message does not repeat it.</exception>
    public static AccessToken Parse(string text)
    {
        var token = text.Trim();
        if (token.Length is < Shortest or > Longest || token.Any(c => c is <= ' ' or > '~'))
            throw new FormatException(
                $"expected {Shortest} to {Longest} visible ASCII characters, such as 'openssl rand -hex 32' prints, got {token.Length}");
        return new AccessToken(token);
    }

    /// <summary>Whether a client's token is this one, in the same time for every other one.</summary>
    public bool Equals(string candidate) => CryptographicOperations.FixedTimeEquals(_hash, Hash(candidate));

    public override string ToString() => "(token)";

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
