// Tells ThreadSanitizer in which order Qt hands things from thread to thread. Debian's Qt is built without
// it, so that its queues and semaphores are invisible, and every queued call would look like a race. The
// linker redirects the few entry points that queued signals, calls and events come through (see
// CMakeLists.txt): what is done before a hand-over is seen by the other side, and nothing beyond that, so
// that real races of our own still show.

#include <QCoreApplication>
#include <QEvent>
#include <QObject>

#include <ctime>
#include <iterator>

extern "C" {
void __tsan_acquire(void* address);
void __tsan_release(void* address);
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
}

namespace {

void acquire(const void* key)
{
    __tsan_acquire(const_cast<void*>(key));
}

void release(const void* key)
{
    __tsan_release(const_cast<void*>(key));
}

/// The emissions that are under way. Qt copies the arguments of a queued signal after the emission began and
/// before it ends, so that a slot on another thread may only count on them once it ended: it waits for that,
/// for a bounded time, as a blocking connection ends its emission last. Unseen by ThreadSanitizer, for which
/// a lock shared by everyone would put everything in order.
class Emissions final
{
public:
    __attribute__((no_sanitize("thread"))) static Emissions& all()
    {
        static constinit Emissions emissions;
        return emissions;
    }

    /// The place taken; -1 when all are, which only means that nobody waits for this one.
    __attribute__((no_sanitize("thread"))) int begin(const void* sender)
    {
        for (size_t place = 0; place < std::size(m_senders); ++place) {
            const void* none = nullptr;
            if (__atomic_compare_exchange_n(&m_senders[place], &none, sender, false, __ATOMIC_SEQ_CST,
                                            __ATOMIC_SEQ_CST)) {
                __atomic_store_n(&m_threads[place], self(), __ATOMIC_SEQ_CST);
                return int(place);
            }
        }
        return -1;
    }

    __attribute__((no_sanitize("thread"))) void end(int place)
    {
        if (place >= 0) {
            __atomic_store_n(&m_threads[size_t(place)], nullptr, __ATOMIC_SEQ_CST);
            __atomic_store_n(&m_senders[size_t(place)], nullptr, __ATOMIC_SEQ_CST);
        }
    }

    __attribute__((no_sanitize("thread"))) void waitForOthers(const void* sender)
    {
        for (int tries = 0; tries < 5'000 && isUnderWayElsewhere(sender); ++tries) {
            const timespec pause{0, 50'000};
            nanosleep(&pause, nullptr);
        }
    }

private:
    __attribute__((no_sanitize("thread"))) bool isUnderWayElsewhere(const void* sender)
    {
        for (size_t place = 0; place < std::size(m_senders); ++place) {
            if (__atomic_load_n(&m_senders[place], __ATOMIC_SEQ_CST) == sender &&
                __atomic_load_n(&m_threads[place], __ATOMIC_SEQ_CST) != self()) {
                return true;
            }
        }
        return false;
    }

    /// An address that differs between threads.
    __attribute__((no_sanitize("thread"))) static const void* self()
    {
        static thread_local char mark;
        return &mark;
    }

    const void* m_senders[64] = {};
    const void* m_threads[64] = {};
};

/// Stands in for a slot or functor handed to Qt: what its caller did comes before the call, and the call
/// before its caller goes on and before its destruction.
class OrderedSlot final : public QtPrivate::QSlotObjectBase
{
public:
    OrderedSlot(const void* caller, QSlotObjectBase* slot)
        : QSlotObjectBase(&impl), m_caller(caller), m_slot(slot)
    {}

private:
    static void impl(int which, QSlotObjectBase* base, QObject* receiver, void** arguments, bool* result)
    {
        auto* self = static_cast<OrderedSlot*>(base);
        switch (which) {
        case Call:
            acquire(self);
            if (self->m_caller) {
                Emissions::all().waitForOthers(self->m_caller);
                acquire(self->m_caller);
            }
            self->m_slot->call(receiver, arguments);
            release(self);
            break;
        case Compare:
            *result = self->m_slot->compare(arguments);
            break;
        case Destroy:
            acquire(self);
            self->m_slot->destroyIfLastRef();
            delete self;
            break;
        default:
            break;
        }
    }

    const void* m_caller;
    QSlotObjectBase* m_slot;
};

/// Leaves out what this thread does meanwhile: for calls into Qt that run nothing of ours.
class OnlyQt final
{
public:
    OnlyQt()
    {
        AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
        AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
    }
    ~OnlyQt()
    {
        AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
        AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
    }
    Q_DISABLE_COPY_MOVE(OnlyQt)
};

bool beforeEvent(void** data)
{
    acquire(data[0]); // the receiver
    return false;
}

[[maybe_unused]] const bool registered =
    QInternal::registerCallback(QInternal::EventNotifyCallback, &beforeEvent);

} // namespace

#define REAL(name) asm("__real_" name)
// Even addresses, as those of member functions: an odd one in a pointer to member means a virtual function.
#define WRAP(name) asm("__wrap_" name) __attribute__((aligned(16)))

#define ACTIVATE "_ZN11QMetaObject8activateEP7QObjectPKS_iPPv"
void realActivate(QObject*, const QMetaObject*, int, void**) REAL(ACTIVATE);
void wrapActivate(QObject*, const QMetaObject*, int, void**) WRAP(ACTIVATE);
void wrapActivate(QObject* sender, const QMetaObject* metaObject, int signal, void** arguments)
{
    const void* key = sender; // may be gone after its signal
    const int place = Emissions::all().begin(key);
    acquire(key); // its connections, which Qt guards
    release(key);
    realActivate(sender, metaObject, signal, arguments);
    release(key);
    Emissions::all().end(place);
}

#define CONNECT                                                                                              \
    "_ZN7QObject11connectImplEPKS_PPvS1_S3_"                                                                 \
    "PN9QtPrivate15QSlotObjectBaseEN2Qt14ConnectionTypeEPKiPK11QMetaObject"
QMetaObject::Connection realConnect(const QObject*, void**, const QObject*, void**,
                                    QtPrivate::QSlotObjectBase*, Qt::ConnectionType, const int*,
                                    const QMetaObject*) REAL(CONNECT);
QMetaObject::Connection wrapConnect(const QObject*, void**, const QObject*, void**,
                                    QtPrivate::QSlotObjectBase*, Qt::ConnectionType, const int*,
                                    const QMetaObject*) WRAP(CONNECT);
QMetaObject::Connection wrapConnect(const QObject* sender, void** signal, const QObject* receiver,
                                    void** slot, QtPrivate::QSlotObjectBase* object, Qt::ConnectionType type,
                                    const int* types, const QMetaObject* metaObject)
{
    auto* ordered = new OrderedSlot(sender, object);
    release(ordered);
    QMetaObject::Connection connection =
        realConnect(sender, signal, receiver, slot, ordered, type, types, metaObject);
    release(sender);
    return connection;
}

#define INVOKE                                                                                               \
    "_ZN11QMetaObject16invokeMethodImplEP7QObjectPN9QtPrivate15QSlotObjectBaseEN2Qt14ConnectionTypeEPv"
bool realInvoke(QObject*, QtPrivate::QSlotObjectBase*, Qt::ConnectionType, void*) REAL(INVOKE);
bool wrapInvoke(QObject*, QtPrivate::QSlotObjectBase*, Qt::ConnectionType, void*) WRAP(INVOKE);
bool wrapInvoke(QObject* object, QtPrivate::QSlotObjectBase* slot, Qt::ConnectionType type, void* result)
{
    auto* ordered = new OrderedSlot(nullptr, slot);
    const void* key = ordered; // may be gone after the call, the order it stands for is not
    release(key);
    if (type == Qt::QueuedConnection) {
        const OnlyQt nothingOfOurs;
        return realInvoke(object, ordered, type, result);
    }
    const bool invoked = realInvoke(object, ordered, type, result);
    if (type == Qt::BlockingQueuedConnection) {
        acquire(key);
    }
    return invoked;
}

#define POST "_ZN16QCoreApplication9postEventEP7QObjectP6QEventi"
void realPost(QObject*, QEvent*, int) REAL(POST);
void wrapPost(QObject*, QEvent*, int) WRAP(POST);
void wrapPost(QObject* receiver, QEvent* event, int priority)
{
    release(receiver);
    const OnlyQt nothingOfOurs;
    realPost(receiver, event, priority);
}

#define DELETE_LATER "_ZN7QObject11deleteLaterEv"
void realDeleteLater(QObject*) REAL(DELETE_LATER);
void wrapDeleteLater(QObject*) WRAP(DELETE_LATER);
void wrapDeleteLater(QObject* object)
{
    release(object);
    realDeleteLater(object);
}
