"""Two QuickFIX clients against `bartizan serve --fix`: `quickfix_clients.py PORT FOLDER TOKEN`.

Ann (agent 1, by her number) and Bob (agent 2, by a token) log on, trade, change, cancel, are refused, read market data, and make gaps on both sides. QuickFIX
checks every message against its own dictionary of FIX 4.4. Exit status 77: the Python package quickfix is not installed."""

import queue
import sys
import time
from pathlib import Path

try:
    import quickfix as fix
except ImportError:
    print("skipped: the Python package quickfix is not installed", file=sys.stderr)
    sys.exit(77)

PORT, FOLDER, TOKEN = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
DICTIONARY = Path(sys.prefix) / "share/quickfix/FIX44.xml"
SETTINGS = f"""[DEFAULT]
ConnectionType=initiator
BeginString=FIX.4.4
TargetCompID=BARTIZAN
SocketConnectHost=127.0.0.1
SocketConnectPort={PORT}
HeartBtInt=5
ReconnectInterval=1
StartTime=00:00:00
EndTime=00:00:00
UseDataDictionary=Y
DataDictionary={DICTIONARY}
FileStorePath={FOLDER}/store
FileLogPath={FOLDER}/log
[SESSION]
SenderCompID=ANN
[SESSION]
SenderCompID=BOB
"""


class Clients(fix.Application):
    def __init__(self):
        super().__init__()
        self.came = {"ANN": queue.Queue(), "BOB": queue.Queue()}
        self.sessions = {}
        self.admin = []

    def onCreate(self, session):
        self.sessions[session.getSenderCompID().getValue()] = session

    def onLogon(self, session):
        self.came[session.getSenderCompID().getValue()].put("logon")

    def onLogout(self, session):
        pass

    def toAdmin(self, message, session):
        if message.getHeader().getField(35) == "A":
            if session.getSenderCompID().getValue() == "ANN":
                message.setField(553, "1")
            else:
                message.setField(554, TOKEN)

    def fromAdmin(self, message, session):
        self.admin.append(message.toString())

    def toApp(self, message, session):
        pass

    def fromApp(self, message, session):
        self.came[session.getSenderCompID().getValue()].put(message.toString())

    def next(self, who, kind=None, **fields):
        """The next message, which must be of this kind and have these fields (t11="x")."""
        text = self.came[who].get(timeout=20)
        if text == "logon":
            assert kind == "logon", kind
            return {}
        found = {}
        for field in text.split("\x01")[:-1]:
            tag, value = field.split("=", 1)
            found.setdefault(int(tag), value)
        assert found[35] == kind, text
        for name, value in fields.items():
            assert found.get(int(name[1:])) == value, (name, value, text)
        return found

    def send(self, who, kind, **fields):
        message = fix.Message()
        message.getHeader().setField(35, kind)
        for name, value in fields.items():
            message.setField(int(name[1:]), value)
        assert fix.Session.sendToTarget(message, self.sessions[who])


NOW = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime())
MARKET = "apples for euros"


def order(client, side, quantity, price):
    return dict(t11=client, t55=MARKET, t54=side, t60=NOW, t40="2", t59="1", t38=quantity, t44=price)


def main():
    clients = Clients()
    (FOLDER / "quickfix.cfg").write_text(SETTINGS)
    settings = fix.SessionSettings(str(FOLDER / "quickfix.cfg"))
    initiator = fix.SocketInitiator(clients, fix.FileStoreFactory(settings), settings, fix.FileLogFactory(settings))
    initiator.start()
    clients.next("ANN", "logon")
    clients.next("BOB", "logon")
    print("logged on")

    request = fix.Message()
    request.getHeader().setField(35, "V")
    for tag, value in ((262, "md"), (263, "1"), (264, "0"), (265, "1")):
        request.setField(tag, value)
    for kind in "012":
        group = fix.Group(267, 269)
        group.setField(269, kind)
        request.addGroup(group)
    group = fix.Group(146, 55)
    group.setField(55, MARKET)
    request.addGroup(group)
    assert fix.Session.sendToTarget(request, clients.sessions["ANN"])
    clients.next("ANN", "W", t268="2", t270="2.5", t271="15")
    print("a snapshot")

    clients.send("BOB", "D", **order("bob-1", "1", "10", "2.4"))
    number = clients.next("BOB", "8", t11="bob-1", t150="0", t39="0", t151="10")[37]
    clients.next("ANN", "X", t279="0", t269="0", t270="2.4", t271="10")
    clients.send("ANN", "D", **order("ann-1", "2", "4", "2.4"))
    clients.next("ANN", "8", t11="ann-1", t150="0")
    clients.next("ANN", "8", t11="ann-1", t150="F", t39="2", t32="4", t31="2.4", t6="2.4")
    clients.next("ANN", "X")
    clients.next("BOB", "8", t11="bob-1", t37=number, t150="F", t39="1", t151="6", t14="4")
    print("a fill")
    clients.send("BOB", "G", t11="bob-2", t41="bob-1", **{key: value for key, value in order("", "1", "8", "2.45").items() if key != "t11"})
    clients.next("BOB", "8", t11="bob-2", t41="bob-1", t150="5", t38="8", t151="4")
    clients.next("ANN", "X")
    clients.send("BOB", "H", t11="bob-2", t55=MARKET, t54="1")
    clients.next("BOB", "8", t11="bob-2", t150="I", t39="1")
    clients.send("BOB", "AF", t584="all", t585="7")
    clients.next("BOB", "8", t584="all", t911="1", t912="Y")
    clients.send("BOB", "F", t11="bob-3", t41="bob-2", t55=MARKET, t54="1", t60=NOW)
    clients.next("BOB", "8", t11="bob-3", t41="bob-2", t150="4", t39="4", t151="0")
    clients.next("ANN", "X", t279="2")
    print("replaced and cancelled")
    clients.send("BOB", "F", t11="bob-4", t41="bob-2", t55=MARKET, t54="1", t60=NOW)
    clients.next("BOB", "9", t11="bob-4", t41="bob-2", t434="1", t102="1")
    clients.send("BOB", "D", **order("bob-5", "1", "1000000", "2.4"))
    clients.next("BOB", "8", t11="bob-5", t150="8", t39="8", t103="3")
    clients.send("BOB", "H", t11="never", t48="1", t54="1")
    clients.next("BOB", "8", t150="I", t39="8", t55=MARKET)
    clients.send("BOB", "D", **{key: value for key, value in order("bob-9", "1", "1", "2.4").items() if key != "t55"}, t48="99")
    clients.next("BOB", "8", t11="bob-9", t150="8", t103="1", t55="N/A")
    clients.send("BOB", "R", t131="q")
    clients.send("BOB", "q", t11="bob-6", t530="7", t60=NOW)
    clients.next("BOB", "j", t372="q", t380="3")
    print("refused")

    session = fix.Session.lookupSession(clients.sessions["BOB"])
    # A gap on our side: the server asks, and QuickFIX fills.
    session.setNextSenderMsgSeqNum(session.getExpectedSenderNum() + 3)
    clients.send("BOB", "D", **order("bob-7", "1", "1", "2.4"))
    clients.next("BOB", "8", t11="bob-7", t150="0")
    # A gap on the server's: QuickFIX asks for what it has had, and gets it again.
    session.setNextTargetMsgSeqNum(session.getExpectedTargetNum() - 2)
    clients.send("BOB", "F", t11="bob-8", t41="bob-7", t55=MARKET, t54="1", t60=NOW)
    again = clients.next("BOB", "8")
    seen = [again]
    while again.get(11) != "bob-8":
        assert again.get(43) == "Y" and again[11] == "bob-7", again
        again = clients.next("BOB", "8")
        seen.append(again)
    assert any(message.get(43) == "Y" for message in seen), seen
    print("gaps filled on both sides")
    initiator.stop()


if __name__ == "__main__":
    main()
