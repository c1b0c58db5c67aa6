"""Running error bound carried through a plain reference function, its backward pass included.

Bounded wraps a float64 value and how far a computation in a precision of unit roundoff u may lie from it (first order,
any order of summation, any sharding). Rules per aten operation; autograd's own backward operations go through them too.
"""
import math

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

aten = torch.ops.aten

class Bounded(Tensor):
    @staticmethod
    def __new__(cls, value, err, u):
        r = Tensor._make_wrapper_subclass(cls, value.shape, strides=value.stride(), storage_offset=value.storage_offset(), dtype=value.dtype, device=value.device, requires_grad=False)
        r.v, r.e, r.u = value, err, u
        return r
    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        flat = [a for a in tree_leaves((args, kwargs)) if isinstance(a, Bounded)]
        u = flat[0].u
        v = lambda t: tree_map(lambda a: a.v if isinstance(a, Bounded) else a, t)
        e = lambda t: tree_map(lambda a: a.e if isinstance(a, Bounded) else (torch.zeros((), dtype=torch.float64) if isinstance(a, Tensor) and a.is_floating_point() else a), t)
        name = func.overloadpacket.__name__
        out = func(*v(args), **v(kwargs))
        rule = RULES.get(name)
        if name in ("ones_like","zeros_like","new_zeros","empty_like","new_empty_strided","full_like"):
            err = torch.zeros_like(out)
        elif rule is not None:
            err = rule(func, out, args, kwargs, u)
        elif name in LINEAR:                       # moves numbers, makes none
            err = func(*tree_map(lambda a: a.e if isinstance(a, Bounded) else (torch.zeros_like(a) if isinstance(a, Tensor) and a.is_floating_point() else a), args), **v(kwargs))
        elif name in SAFE:
            return out
        else:
            raise NotImplementedError(f"no rule for {func}")
        if isinstance(out, (tuple, list)):
            return type(out)(Bounded(o, x, u) if x is not None else o for o, x in zip(out, err))
        if err.shape != out.shape: err = err.expand(out.shape)
        if name.endswith("_") and isinstance(args[0], Bounded):
            args[0].v, args[0].e = out, err; return args[0]
        return Bounded(out, err, u)

def tree_leaves(t):
    from torch.utils._pytree import tree_leaves as tl
    return tl(t)
val = lambda a: a.v if isinstance(a, Bounded) else torch.as_tensor(a, dtype=torch.float64)
er = lambda a: a.e if isinstance(a, Bounded) else torch.zeros((), dtype=torch.float64)
LINEAR = {"view","_unsafe_view","t","transpose","permute","expand","slice","select","clone","detach","alias","unsqueeze","squeeze","cat","stack","split","split_with_sizes","slice_backward","select_backward","as_strided","reshape","unbind","narrow","_reshape_alias","chunk","zeros_like","ones_like","new_zeros","index_select","tril","masked_fill","empty_like","new_empty_strided"}
SAFE = {"gt","lt","ge","le","eq","ne","is_same_size"}
def unary(df, c=2):
    def rule(f, out, args, kw, u):
        x = args[0]; return df(val(x), out).abs() * er(x) + c * u * out.abs()
    return rule
def add(f, out, args, kw, u):
    al = abs(kw.get("alpha", args[2] if len(args) > 2 and not isinstance(args[2], Tensor) else 1))
    a, b = args[0], args[1]
    return (er(a) + al * er(b)) * torch.ones_like(out) + u * out.abs() + (u * al * val(b).abs() if al != 1 else 0)
def mul(f, out, args, kw, u):
    a, b = args[:2]; return val(a).abs() * er(b) + val(b).abs() * er(a) + u * out.abs()
def div(f, out, args, kw, u):
    a, b = args[:2]; return (er(a) + out.abs() * er(b)) / val(b).abs() + u * out.abs()
def mm(f, out, args, kw, u, k=0):
    a, b = args[k], args[k + 1]; n = val(a).shape[-1]
    A, B = val(a).abs(), val(b).abs()
    z = lambda t: er(t).expand(val(t).shape)
    return z(a) @ B + A @ z(b) + n * u * (A @ B)
def addmm(f, out, args, kw, u):
    return er(args[0]) + mm(f, out, args, kw, u, 1) + u * out.abs() + u*val(args[0]).abs()
def sums(f, out, args, kw, u):
    x = args[0]; n = val(x).numel() / max(out.numel(), 1)
    g = lambda t: f(t, *args[1:], **kw)
    return g(er(x) * torch.ones_like(val(x))) + n * u * g(val(x).abs())
def gelu(x, o):
    return 0.5 * (1 + torch.erf(x / math.sqrt(2))) + x * torch.exp(-x * x / 2) / math.sqrt(2 * math.pi)
def gelub(f, out, args, kw, u):
    g, x = args[:2]; X = val(x); d = gelu(X, None)
    d2 = torch.exp(-X * X / 2) / math.sqrt(2 * math.pi) * (2 - X * X)
    return er(g) * d.abs() + val(g).abs() * d2.abs() * er(x) + 8 * u * val(g).abs() * (1 + d.abs())
def softmax(f, out, args, kw, u):
    x, dim = args[0], args[1]; n = val(x).shape[dim]
    ex = er(x); rel = ex + (out * ex).sum(dim, keepdim=True) + (n + 6 + 2 * (val(x).masked_fill(val(x)==-math.inf,0).abs())) * u
    return out * rel.nan_to_num(0)
def softmaxb(f, out, args, kw, u):
    g, o, dim = args[:3]; G, O = val(g), val(o); s = (G * O).sum(dim, keepdim=True)
    n = O.shape[dim]
    eg, eo = er(g), er(o)
    es = (eg * O + G.abs() * eo).sum(dim, keepdim=True) + n * u * (G * O).abs().sum(dim, keepdim=True)
    return eo * (G - s).abs() + O * (eg + es) + 3 * u * O * (G.abs() + s.abs())
def logsumexp(f, out, args, kw, u):
    x, dim = args[0], args[1]; p = (val(x) - f(val(x), dim, True)).exp(); n = p.shape[dim[0] if isinstance(dim,(list,tuple)) else dim]
    keep = args[2] if len(args) > 2 else False
    return (p * er(x)).sum(dim, keepdim=keep) + (n + 4) * u + 2 * u * out.abs()
RULES = dict(add=add, add_=add, sub=add, rsub=add, mul=mul, div=div, mm=mm, bmm=mm, addmm=addmm, sum=sums, mean=lambda f,o,a,k,u: sums(f,o,a,k,u)+u*o.abs(),
   neg=unary(lambda x,o: torch.ones_like(x),0), exp=unary(lambda x,o:o), log=unary(lambda x,o:1/x), sqrt=unary(lambda x,o:.5/o), rsqrt=unary(lambda x,o:.5*o**3), silu=unary(lambda x,o: torch.sigmoid(x)*(1+x*(1-torch.sigmoid(x))),4), gelu=lambda f,o,a,k,u: gelu(val(a[0]),o).abs()*er(a[0])+4*u*(o.abs()+val(a[0]).abs()),
   gelu_backward=gelub, _softmax=softmax, _softmax_backward_data=softmaxb, logsumexp=logsumexp, pow=lambda f,o,a,k,u: (a[1]*val(a[0])**(a[1]-1)).abs()*er(a[0])+2*u*o.abs(),
   mse_loss=None)
RULES.pop("mse_loss")
RULES["abs"]=lambda f,o,a,k,u: er(a[0])*torch.ones_like(o)
RULES["max"]=lambda f,o,a,k,u: er(a[0]).max()*torch.ones_like(o)
def bounded(t, u, given=0.0):
    return Bounded(t.double(), torch.zeros_like(t.double()) + given * t.abs().double(), u)

UNIT_ROUNDOFF = {torch.float64: 2.0**-52, torch.float32: 2.0**-24}


def with_bounds(function, tensors, unit):
    given = {}
    for name, t in tensors.items():
        if t.dtype.is_floating_point:
            given[name] = bounded(t, unit).requires_grad_(True)
        else:
            given[name] = t
    made = function(given)
    return {name: ((t.v, t.e) if isinstance(t, Bounded) else (t.detach(), torch.zeros_like(t))) for name, t in ((n, x.detach()) for n, x in made.items())}


def bounds_of(function, tensors, unit):
    return {n: e for n, (v, e) in with_bounds(function, tensors, unit).items()}
