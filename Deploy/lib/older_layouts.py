"""Makes entries of older layouts, as the builds before the first release wrote them, out of a golden of the first format:
older_layouts.py GOLDEN LATE_KINDS. LATE_KINDS are the numbers of the kinds of lines that name another period, comma-separated (LineKind).
"""
import sys

LATE = {int(kind) for kind in sys.argv[2].split(",")}


def varints(b):
    out=[];cur=[]
    for x in b:
        cur.append(x)
        if x<0x80: out.append(bytes(cur));cur=[]
    assert not cur
    return out
def take(b,at):
    s=at
    while b[at]&0x80: at+=1
    at+=1
    v=0
    for i,x in enumerate(b[s:at]): v|=(x&0x7f)<<(7*i)
    return v,at
def skip(b,at,n):
    for _ in range(n): _,at=take(b,at)
    return at
seen={}
out=[]
def emit(topic,part,key,value,what):
    if seen.get((topic,what),0)>=2: return
    seen[(topic,what)]=seen.get((topic,what),0)+1
    out.append((topic,part,key,value))
for line in open(sys.argv[1]):
    if line.startswith("#"): continue
    topic,part,k,v=line.split()
    if v=="-" or v=='""': continue
    key,val=bytes.fromhex(k),bytes.fromhex(v)
    if topic=="state.rate":
        kind=chr(key[1+key[0]+1])
        b=val
        if kind=="n":
            out.append((topic,part,key,bytes([1+key[-1]%2])+b[1:]))  # all: names have to be complete
        elif kind=="a":
            at=skip(b,1,5)
            emit(topic,part,key,b"\x01"+b[1:at],"a1"); emit(topic,part,key,b"\x01"+b[1:],"a1b"); emit(topic,part,key,b"\x02"+b[1:],"a2")
        elif kind=="c":
            vs=varints(b[1:])
            emit(topic,part,key,b"\x01"+b"".join(vs[:2]+vs[3:]),"c1"); emit(topic,part,key,b"\x01"+b[1:],"c1b"); emit(topic,part,key,b"\x02"+b[1:],"c2")
        elif kind=="s":
            at=skip(b,1,4); n,at=take(b,at); at=skip(b,at,2*n); plans=at
            n,at=take(b,at)
            for _ in range(n):
                at=skip(b,at,1); m,at=take(b,at); at+=8*m
            fav=at
            n,at=take(b,at); susp=bytearray(b[fav:at])
            for _ in range(n):
                s=at; at=skip(b,at,3); l,at=take(b,at); at+=l; susp+=b[s:at]; at=skip(b,at,1)
            emit(topic,part,key,b"\x01"+b[1:plans],"s1"); emit(topic,part,key,b"\x02"+b[1:plans],"s2"); emit(topic,part,key,b"\x02"+b[1:fav],"s2f")
            emit(topic,part,key,b"\x02"+b[1:fav]+bytes(susp),"s2s"+str(min(n,1)))
        elif kind=="p":
            # without rerates: the last varint, of none
            assert b[-1]==0
            emit(topic,part,key,b"\x01"+b[1:-1],"p1"); emit(topic,part,key,b"\x01"+b[1:],"p1b"); emit(topic,part,key,b"\x02"+b[1:],"p2")
        elif kind=="g": emit(topic,part,key,b"\x02"+b[1:],"g2")
    elif topic=="state.aggregate":
        if key[:1]==b"a": emit(topic,part,key,b"\x01"+val[1:],"a1")
        else:
            b=val; page=int.from_bytes(key[9:13],"big"); at=1
            if page==0:
                _,at=take(b,at); at+=32; at=skip(b,at,2)
            head=b[1:at]; n,at=take(b,at)
            forms=[bytearray(),bytearray(),bytearray()]
            for _ in range(n):
                s=at; kindb=b[at]; at+=2
                texts=[]
                for _ in range(5):
                    l,at=take(b,at); at+=l
                # Late kinds hold two more.
                base=b[s:at]
                rest=varints(b[at:])
                late = kindb in LATE
                i=2 if late else 0
                fields=rest[:i+9]
                # count, quantity, counted, allowance, discount, amount(2), prepaid(2)
                used=sum(map(len,fields))
                at+=used
                pre=b"".join(rest[:i+4]); disc=rest[i+4]; amount=b"".join(rest[i+5:i+7]); paid=b"".join(rest[i+7:i+9])
                forms[0]+=base+pre+amount; forms[1]+=base+pre+disc+amount; forms[2]+=base+pre+disc+amount+paid
            if at!=len(b): continue
            num=bytes([n])
            for i,f in enumerate(forms): emit(topic,part,key,b"\x01"+head+num+bytes(f),"p1%d"%i)
    elif topic=="state.customers":
        if key[:1]==b"a": emit(topic,part,key,val[:-1],"a0")
        if key[:1]==b"s":
            b=val;at=0
            l,at=take(b,at);at+=l;at=skip(b,at,2);n,at=take(b,at);at+=16*n
            emit(topic,part,key,b[:at],"s0")
    elif topic=="state.number" and key[:1]==b"n":
        emit(topic,part,b"u"+(1790805600000).to_bytes(8,"big")+b"acme",bytes([4])+b"1001"+bytes([4]),"u")
# a block of lines that normalization is in
out.append(("state.normalize","0",b"block",(7).to_bytes(8,"little")+(4096).to_bytes(8,"little")+(100).to_bytes(8,"little")))
print("# Layouts of builds before the first release, as those builds wrote them; and what only stands in a changelog while a long record is worked on.")
for t,p,k,v in out: print(t,p,k.hex(),v.hex())
