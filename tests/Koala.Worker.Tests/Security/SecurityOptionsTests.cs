using Koala.Worker.Hosting;
using Koala.Worker.Security;

namespace Koala.Worker.Tests.Security;

public sealed class SecurityOptionsTests
{
    private static readonly AccessToken Token = AccessToken.Parse("0123456789abcdef");

    [Theory]
    [InlineData("http://127.0.0.1:1", false, false, false, "")]
    [InlineData("http://127.0.0.1:1", true, false, false, "only https:// endpoints have certificates")]
    [InlineData("https://127.0.0.1:1", false, true, true, "needs a certificate; name it with --certificate FILE")]
    [InlineData("https://127.0.0.1:1", true, false, false, "")]
    [InlineData("https://0.0.0.0:1", true, false, false, "name a token with --token-file FILE or KOALA_TOKEN")]
    [InlineData("https://[::]:1", true, false, false, "or ask for client certificates with --client-ca FILE")]
    [InlineData("https://192.168.0.1:1", true, true, false, "")]
    [InlineData("https://192.168.0.1:1", true, false, true, "")]
    public void Validate_WhatStrangersCouldReach_IsRefused(string listen, bool certificate, bool token, bool authority, string problem)
    {
        var options = new SecurityOptions
        {
            Certificate = certificate ? "worker.pem" : null,
            Token = token ? Token : null,
            ClientAuthority = authority ? "ca.pem" : null,
        };
        var problems = options.Validate([ListenEndpoint.Parse(listen)]).ToList();
        if (problem.Length == 0)
            Assert.Empty(problems);
        else
            Assert.Contains(problem, Assert.Single(problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0123456789abcde")]
    [InlineData("0123456789 abcdef")]
    [InlineData("0123456789abcdefä")]
    public void Parse_NoToken_IsRefusedWithoutRepeatingIt(string text)
    {
        var problem = Assert.Throws<FormatException>(() => AccessToken.Parse(text));
        Assert.True(text.Length == 0 || !problem.Message.Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public void Equals_OtherTokens_AreNot()
    {
        var token = AccessToken.Parse(" 0123456789abcdef\n");
        Assert.True(token.Equals("0123456789abcdef"));
        Assert.False(token.Equals("0123456789abcdeg"));
        Assert.False(token.Equals(""));
        Assert.DoesNotContain("0123456789abcdef", new SecurityOptions { Token = token }.ToString(), StringComparison.Ordinal);
    }
}
