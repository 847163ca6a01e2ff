using System.Windows.Forms;

namespace PaintDotNet.Effects;

public interface IEffectConfigForm : IIsDisposed
{
    EffectConfigToken Token { get; set; }

    DialogResult ShowDialog(IWin32Window? owner);
}

public interface IEffectConfigForm<TEffect, TToken> : IEffectConfigForm
    where TEffect : class, IEffect
    where TToken : EffectConfigToken
{
    new TToken Token { get; set; }
}

public class EffectConfigForm : PdnBaseForm, IEffectConfigForm
{
    private EffectConfigToken? _token;
    private IEffect? _effect;

    public IEffect Effect => _effect ?? throw new InvalidOperationException("The form has no effect yet.");

    public IEffectEnvironment Environment => Effect.Environment;

    public IServiceProvider Services => Effect.Services;

    public EffectConfigToken Token
    {
        get => _token ??= OnCreateInitialToken();
        set => _token = value;
    }

    DialogResult IEffectConfigForm.ShowDialog(IWin32Window? owner) => ShowDialog(owner);

    internal void SetEffect(IEffect effect) => _effect = effect;

    protected sealed override void Dispose(bool disposing)
    {
        OnDispose(disposing);
        base.Dispose(disposing);
    }

    protected sealed override void OnLoad(EventArgs e)
    {
        OnLoading();
        base.OnLoad(e);
        OnUpdateDialogFromToken(Token);
        OnLoaded();
    }

    protected virtual EffectConfigToken OnCreateInitialToken() => throw new NotSupportedException();

    protected virtual void OnDispose(bool disposing)
    {
    }

    protected virtual void OnLoading()
    {
    }

    protected virtual void OnLoaded()
    {
    }

    protected virtual void OnUpdateDialogFromToken(EffectConfigToken token)
    {
    }

    protected virtual void OnUpdateTokenFromDialog(EffectConfigToken dstToken)
    {
    }

    protected void UpdateTokenFromDialog() => OnUpdateTokenFromDialog(Token);
}

public class EffectConfigForm2 : EffectConfigForm
{
    protected EffectConfigForm2()
    {
    }
}

public abstract class EffectConfigForm<TEffect, TToken> : EffectConfigForm2, IEffectConfigForm<TEffect, TToken>
    where TEffect : class, IEffect<TToken>
    where TToken : EffectConfigToken
{
    public new TEffect Effect => (TEffect)base.Effect;

    public new TToken Token
    {
        get => (TToken)base.Token;
        set => base.Token = value;
    }

    protected sealed override void OnUpdateDialogFromToken(EffectConfigToken token) => OnUpdateDialogFromToken((TToken)token);

    protected virtual void OnUpdateDialogFromToken(TToken token)
    {
    }

    protected sealed override void OnUpdateTokenFromDialog(EffectConfigToken dstToken) => OnUpdateTokenFromDialog((TToken)dstToken);

    protected virtual void OnUpdateTokenFromDialog(TToken dstToken)
    {
    }
}
