"""The base of every error that this project raises on purpose.

SignpostError
 +-- SettingError                     a setting in the environment
 +-- DirectoryError, QuestionsError   directory/: numbers, texts, questions
 +-- LabelError                       training messages and their labels
 +-- EncoderError                     the files of the sentence encoder
 +-- Broken...Error (signpost.nlu)    a trained part of the pipeline cannot be read
 +-- ModelError                       trained models: card, file, code, the one in use
 +-- TrainingError                    Rasa trained no model
 +-- ConversationError, BehaviourError, FindingError   tests and findings that people write
 +-- EvaluationError                  what an evaluation rests on
 +-- BotError, BenchError             bots started to be measured
 +-- StartError, PageError            processes and page of a deployment
 +-- RenderError, ClusterError, ReleaseError  its settings, its units and its archives
 +-- OnlyAnsweringError               code of training was called in a process that only answers
 +-- ActionAnswerError, RedisDown, BadRequest          one message: caught at the edge

The command line (``signpost.cli``) catches SignpostError once and prints its message as one sentence.
"""


class SignpostError(Exception):
    """Base of all; its message says in plain words what is wrong and what to do."""
