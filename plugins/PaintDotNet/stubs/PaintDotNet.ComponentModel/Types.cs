namespace PaintDotNet
{
    public interface IInternalImpl;

    public interface IIsDisposed : IDisposable
    {
        bool IsDisposed { get; }
    }
}

namespace PaintDotNet.ComponentModel
{
    public interface IObjectRef : IIsDisposed;

    public class RefTrackedObject : IObjectRef
    {
        public bool IsDisposed { get; private set; }

        public void Dispose()
        {
            if (IsDisposed)
                return;
            IsDisposed = true;
            Dispose(disposing: true);
        }

        protected virtual void Dispose(bool disposing)
        {
        }
    }
}
