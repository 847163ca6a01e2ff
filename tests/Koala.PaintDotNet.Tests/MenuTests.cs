using System.Reflection;
using Koala.Client;
using Koala.PaintDotNet.Tests.Host;
using PaintDotNet;
using PaintDotNet.Effects;
using PaintDotNet.IndirectUI;
using PaintDotNet.PropertySystem;

namespace Koala.PaintDotNet.Tests;

/// <summary>What the user reads before anything is rendered.</summary>
public sealed class MenuTests
{
    [Fact]
    public void Effects_InTheMenu_StandUnderKoalaAndHaveADialog()
    {
        var names = new EffectBase[] { new RestoreDetailEffect(), new UpscaleEffect() }.Select(effect =>
        {
            Assert.Equal("Koala", effect.SubmenuName);
            Assert.True(effect.Options.IsConfigurable);
            return effect.Name;
        });
        Assert.Equal(["Restore detail", "Upscale to new image..."], names);
    }

    [Fact]
    public void SupportInfo_OfThePlugin_HasItsVersion()
    {
        var info = typeof(RestoreDetailEffect).Assembly.GetCustomAttribute<PluginSupportInfoAttribute>()!.Create();
        Assert.Equal("Koala", info.DisplayName);
        Assert.Equal(typeof(RestoreDetailEffect).Assembly.GetName().Version, info.Version);
        Assert.NotEqual(new Version(0, 0, 0, 0), info.Version);
        Assert.False(string.IsNullOrEmpty(info.Author));
    }

    [Fact]
    public async Task CreateConfigUI_OfRestoreDetail_NamesEveryChoiceAndTheWorkersStatus()
    {
        await WorkerPlace.StatusAsync();
        using var run = new EffectRun<RestoreDetailEffect>(Layer.Picture(8, 8).Environment());
        run.Effect.StatusLimit = TimeSpan.FromSeconds(30);
        var properties = run.Effect.CreatePropertyCollection();

        var controls = run.Effect.CreateConfigUI(properties);

        Assert.Equal(["Scale", "Strength", "KeepBlur", "Precision"], properties.Select(property => property.Name));
        Assert.All(properties, property =>
        {
            var control = controls.FindControlForPropertyName(property.Name)!;
            Assert.False(string.IsNullOrEmpty((string?)control.Values[ControlInfoPropertyNames.DisplayName]));
            if (property is StaticListChoiceProperty choice)
                Assert.All(choice.ValueChoices, value => Assert.NotEqual(value.ToString(), control.GetValueDisplayName(value)));
        });
        var status = (string)controls.FindControlForPropertyName("Precision")!.Values[ControlInfoPropertyNames.Description]!;
        Assert.StartsWith("Worker ", status, StringComparison.Ordinal);
        Assert.Matches("fp32|bf16", status);
    }

    [Fact]
    public void CreateConfigUI_WithoutAWorker_SaysThatOneIsStarted()
    {
        Environment.SetEnvironmentVariable(WorkerAddress.EnvironmentVariable, $"unix:{Path.Combine(Path.GetTempPath(), $"koala-no-{Environment.ProcessId}.sock")}");
        try
        {
            using var run = new EffectRun<RestoreDetailEffect>(Layer.Picture(8, 8).Environment());
            var controls = run.Effect.CreateConfigUI(run.Effect.CreatePropertyCollection());
            Assert.Equal(Texts.WorkerNotRunning, controls.FindControlForPropertyName("Precision")!.Values[ControlInfoPropertyNames.Description]);
        }
        finally
        {
            Environment.SetEnvironmentVariable(WorkerAddress.EnvironmentVariable, null);
        }
    }

    [Fact]
    public void Window_OfRestoreDetail_HasATitleAndHelp()
    {
        var names = new[] { ControlInfoPropertyNames.WindowTitle, ControlInfoPropertyNames.WindowHelpContent };
        var window = new PropertyCollection(names.Select(name => new StringProperty(name, "")));
        new RestoreDetailEffect().HostCustomizeWindow(window);
        Assert.All(names, name => Assert.NotEqual("", window[name]!.Value));
    }

    [Fact]
    public void Texts_OfTheResources_AreAllThereAndAllUsed()
    {
        var named = typeof(Texts).GetProperties(BindingFlags.Public | BindingFlags.Static);
        Assert.All(named, text => Assert.False(string.IsNullOrWhiteSpace((string?)text.GetValue(null))));
        using var resources = new System.Resources.ResourceManager(typeof(Texts))
            .GetResourceSet(System.Globalization.CultureInfo.InvariantCulture, createIfNotExists: true, tryParents: false)!;
        Assert.Equal(named.Select(text => text.Name).Order(), resources.Cast<System.Collections.DictionaryEntry>().Select(entry => (string)entry.Key).Order());
    }
}
