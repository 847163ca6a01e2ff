using System.Reflection;
using Koala.PaintDotNet;
using PaintDotNet;

[assembly: PluginSupportInfo(typeof(SupportInfo))]

namespace Koala.PaintDotNet;

/// <summary>What paint.net shows about the plug-in, also where something is wrong with it.</summary>
public sealed class SupportInfo : IPluginSupportInfo
{
    /// <inheritdoc/>
    public string? Author => typeof(SupportInfo).Assembly.GetCustomAttribute<AssemblyCompanyAttribute>()?.Company;

    /// <inheritdoc/>
    public string? Copyright => "MIT";

    /// <inheritdoc/>
    public string? DisplayName => Texts.PluginName;

    /// <inheritdoc/>
    public Version? Version => typeof(SupportInfo).Assembly.GetName().Version;

    /// <inheritdoc/>
    public Uri? WebsiteUri => null;
}
