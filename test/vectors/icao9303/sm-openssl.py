# Makes sm-openssl.json: every cipher block and CMAC by the openssl command line, independent of this package.
import hashlib, json, os, subprocess
def ossl(args, data): return subprocess.run(["openssl"]+args, input=data, stdout=subprocess.PIPE, check=True).stdout
def aes(bits,key,iv,data): return ossl(["enc",f"-aes-{bits}-cbc","-K",key.hex(),"-iv",iv.hex(),"-nopad","-e"],data)
def cmac(bits,key,data): return bytes.fromhex(ossl(["mac","-cipher",f"AES-{bits}-CBC","-macopt","hexkey:"+key.hex(),"-in","-","CMAC"],data).decode().strip())
def des3(key,data): 
    k=key+key[:8]
    return ossl(["enc","-des-ede3-cbc","-K",k.hex(),"-iv","00"*8,"-nopad","-e","-provider","default"],data)
def des1(key,data,dec=False):  # single DES as 3DES with three equal keys
    k=key*3
    return ossl(["enc","-des-ede3-cbc","-K",k.hex(),"-iv","00"*8,"-nopad","-d" if dec else "-e"],data)
def retail(key,data):
    p=pad(data,8); a,b=key[:8],key[8:]
    h=des1(a,p)[-8:]
    return des1(a,des1(b,h,True))
def pad(d,n): 
    d=d+b"\x80"; return d+b"\0"*(-len(d)%n)
def tlv(t,v):
    l=len(v); L=bytes([l]) if l<128 else (b"\x81"+bytes([l]) if l<256 else b"\x82"+l.to_bytes(2,"big"))
    return bytes([t])+L+v
out=[]
for suite,bits,klen,bs in [("3DES",0,16,8),("AES-128",128,16,16),("AES-192",192,24,16),("AES-256",256,32,16)]:
    ke=hashlib.sha256(b"enc "+suite.encode()).digest()[:klen]; km=hashlib.sha256(b"mac "+suite.encode()).digest()[:klen]
    if not bits: ke=bytes(x if bin(x).count("1")%2 else x^1 for x in ke); km=bytes(x if bin(x).count("1")%2 else x^1 for x in km)
    ssc=b"\xff"*(bs-2)+b"\xff\xfd" if suite=="3DES" else bytes(bs-1)+b"\xff"
    enc=lambda s,d: (des3(ke,d) if not bits else aes(bits,ke,aes(bits,ke,bytes(16),s),d))
    mac=lambda d: (retail(km,d) if not bits else cmac(bits,km,pad(d,16))[:8])
    s=int.from_bytes(ssc,"big")
    rows=[]
    for name,hdr,data,ne,rdata,sw in [
      ("READ BINARY odd",bytes.fromhex("00B10000"),bytes.fromhex("54028000"),13,bytes.fromhex("530B48656C6C6F20776F726C64"),0x9000),
      ("SELECT EF",bytes.fromhex("00A4020C"),bytes.fromhex("011E"),0,b"",0x6A82),
      ("READ BINARY 231",bytes.fromhex("00B00000"),b"",231,bytes(range(231)),0x9000),
      ("case 1",bytes.fromhex("00440000"),b"",0,b"",0x9000)]:
        odd=hdr[1]&1
        do=lambda ss,d: b"" if not d else tlv(0x85 if odd else 0x87,(b"" if odd else b"\1")+enc(ss,pad(d,bs)))
        s=(s+1)%(1<<(8*bs)); ss=s.to_bytes(bs,"big")
        h=bytes([hdr[0]|0xc])+hdr[1:]
        obj=do(ss,data)+(tlv(0x97,bytes([ne])) if ne else b"")
        m=mac(ss+(pad(h,bs)+obj if obj else h))
        body=obj+tlv(0x8e,m)
        prot=h+bytes([len(body)])+body+b"\0"
        plain=hdr+(bytes([len(data)])+data if data else b"")+(bytes([ne]) if ne else b"")
        s=(s+1)%(1<<(8*bs)); ss=s.to_bytes(bs,"big")
        obj=do(ss,rdata)+tlv(0x99,sw.to_bytes(2,"big"))
        r=obj+tlv(0x8e,mac(ss+obj))+sw.to_bytes(2,"big")
        rows.append(dict(name=name,plain=plain.hex(),protected=prot.hex(),response=r.hex(),plain_response=(rdata+sw.to_bytes(2,"big")).hex()))
    out.append(dict(suite=suite,ks_enc=ke.hex(),ks_mac=km.hex(),ssc=ssc.hex(),exchanges=rows))
v=subprocess.check_output(["openssl","version"],text=True).strip()
json.dump(dict(source="own calculation: block ciphers and CMAC by the openssl command line ("+v+"), data objects put together in Python",
 proves="secure messaging of every suite where no vector is published: odd INS (DO 85), AES-192, counter carry, error status",
 licence="MIT", recomputed="is itself the second calculation",
 sessions=out),open(os.path.join(os.path.dirname(os.path.abspath(__file__)),"sm-openssl.json"),"w"),indent=1)
