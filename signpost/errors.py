"""The base of every error that this project raises on purpose.

SignpostError
 +-- SettingError                    a setting in the environment
 +-- DirectoryError, QuestionsError  directory/: numbers, texts, questions
 +-- LabelError                      training messages and their labels
 +-- EncoderError                    the files of the sentence encoder
 +-- BrokenComponentError            a trained part of the pipeline cannot be read
 +-- ModelError                      trained models: card, file, the one in use
 +-- TrainingError                   Rasa trained no model
 +-- ConversationError, BehaviourError, FindingError   tests and findings that people write
 +-- BotError, BenchError, EvaluationError             bots started to be measured
 +-- PageError, RenderError, ClusterError              page, settings and processes of a deployment
 +-- OnlyAnsweringError              code of training was called in a process that only answers
 +-- ActionAnswerError, RedisDown, BadRequest          one message: caught at the edge, never shown to a
     visitor

The command line (``signpost.cli``) catches SignpostError once and prints its message as one sentence.
"""


class SignpostError(Exception):
    """Base of all; its message says in plain words what is wrong and what to do."""
